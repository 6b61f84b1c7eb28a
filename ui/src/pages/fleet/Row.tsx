/** One bot in the list. Drawn for every change of its bot, so it is plain elements and nothing that measures or listens by itself. */
import { memo, useEffect, useRef, type MouseEvent } from 'react'
import { basePath } from '../../api/base'
import { LABEL } from '../../commands/harm'
import { Profit } from '../../components/Figures'
import { MODES, OBSERVED, TRADING } from '../../domain/states'
import { integer, money, signedPercent } from '../../format/numbers'
import type { BotRow } from '../../live/rows'
import { runDeed, tradeDeed, type Deed } from './deeds'
import looks from './fleet.module.css'
import classes from './grid.module.css'
import { Icon } from './Icon'
import { MARKS } from './marks'

export interface RowActions {
  choose: (id: string, isRange: boolean) => void
  open: (id: string) => void
  hint: (id: string) => void
  perform: (id: string, deed: Deed) => void
  menu: (id: string, button: HTMLElement) => void
}

interface Props {
  bot: BotRow
  at: number
  top: number
  urgency: number
  reason: string | undefined
  isChosen: boolean
  /** Whether Tab leads into this row: it does into one row of the list only. */
  isTab: boolean
  /** Another number than before: the row takes the focus. */
  focusTick: number
  on: RowActions
}

export const Row = memo(function Row({ bot, at, top, urgency, reason, isChosen, isTab, focusTick, on }: Props) {
  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (focusTick > 0) row.current?.focus({ preventScroll: true })
  }, [focusTick])
  const { id, currency } = bot
  const tabIndex = isTab ? 0 : -1
  const pnl = bot.realized + bot.unrealized
  return (
    <div
      ref={row} role="row" aria-rowindex={at + 2} aria-selected={isChosen} aria-label={id} tabIndex={tabIndex} className={classes.row}
      data-id={id} data-urgency={urgency} style={{ transform: `translateY(${top}px)` }}
    >
      <div role="gridcell" className={classes.pick}>
        <label>
          <input type="checkbox" tabIndex={tabIndex} aria-label={`Select ${id}`} checked={isChosen} onChange={(event) => on.choose(id, (event.nativeEvent as globalThis.MouseEvent).shiftKey)} />
        </label>
      </div>
      <div role="gridcell" className={classes.bot}>
        <Name id={id} tabIndex={tabIndex} on={on} />
        <span className={classes.sub}>{bot.strategy} · {bot.timeframe}</span>
      </div>
      <State bot={bot} urgency={urgency} reason={reason} />
      <Place mode={bot.mode} venue={bot.venue} instruments={bot.instruments} />
      <div role="gridcell" className={`${classes.day ?? ''} ${classes.number ?? ''}`}>
        <Profit amount={bot.dayPnl} currency={currency} /><span className={classes.unit}> {currency}</span>
        <span className={classes.sub}>{share(bot.dayPnl, bot.equity - bot.dayPnl)}</span>
      </div>
      <div role="gridcell" className={`${classes.total ?? ''} ${classes.number ?? ''}`}>
        <Profit amount={pnl} currency={currency} />
        <span className={classes.sub}>{share(pnl, bot.capital)}</span>
      </div>
      <Amount cell={classes.equity} amount={bot.equity} currency={currency} below={currency} />
      <Amount cell={classes.held} amount={bot.positionValue} currency={currency} below={bot.openPositions === 0 ? 'flat' : `${integer(bot.openPositions)} open`} />
      <div role="gridcell" className={`${classes.orders ?? ''} ${classes.number ?? ''}`}>{integer(bot.workingOrders)}</div>
      <Buttons id={id} run={runDeed(bot)} trade={tradeDeed(bot)} tabIndex={tabIndex} on={on} />
    </div>
  )
})

const share = (part: number, whole: number): string => (whole > 0 ? signedPercent(part / whole) : '')
const isPlain = (event: MouseEvent): boolean => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

const Name = memo(function Name({ id, tabIndex, on }: { id: string; tabIndex: number; on: RowActions }) {
  const open = (event: MouseEvent) => {
    if (!isPlain(event)) return
    event.preventDefault()
    on.open(id)
  }
  return <a className={classes.name} href={`${basePath}bots/${encodeURIComponent(id)}`} title={id} tabIndex={tabIndex} onClick={open} onPointerEnter={() => on.hint(id)}>{id}</a>
})

function State({ bot: { desired, observed, tradingState }, urgency, reason }: Pick<Props, 'bot' | 'urgency' | 'reason'>) {
  const { color, label, meaning } = OBSERVED[observed]
  const trading = TRADING[tradingState]
  return (
    <div role="gridcell" className={classes.state}>
      <span className={classes.chips}>
        <span className={looks.chip} data-color={color} title={meaning}><span className={looks.mark} aria-hidden>{MARKS[observed]}</span>{label}</span>
        {desired !== observed && <span className={`quiet ${classes.wanted ?? ''}`} title="What was asked for">→ {desired === 'RUNNING' ? 'running' : 'stopped'}</span>}
        {tradingState !== 'ACTIVE' && <span className={looks.outlined} data-color={trading.color} title={trading.meaning}>{tradingState === 'HALTED' ? trading.label : 'Paused'}</span>}
      </span>
      {reason !== undefined && <span className={classes.reason} data-urgency={urgency} title={reason}>{reason}</span>}
    </div>
  )
}

const Place = memo(function Place({ mode, venue, instruments }: Pick<BotRow, 'mode' | 'venue' | 'instruments'>) {
  const { color, label, meaning } = MODES[mode]
  const traded = instruments.join(', ')
  return (
    <>
      <div role="gridcell" className={classes.mode}><span className={mode === 'live' ? looks.filled : looks.outlined} data-color={color} title={meaning}>{label}</span></div>
      <div role="gridcell" className={classes.where}><span className={classes.line}>{venue}</span><span className={classes.sub} title={traded}>{traded}</span></div>
    </>
  )
})

const Amount = memo(function Amount({ cell, amount, currency, below }: { cell: string | undefined; amount: number; currency: string; below: string }) {
  return (
    <div role="gridcell" className={`${cell ?? ''} ${classes.number ?? ''}`}><span className={amount === 0 ? 'quiet' : ''}>{money(amount, currency)}</span><span className={classes.sub}>{below}</span></div>
  )
})

const Buttons = memo(function Buttons({ id, run, trade, tabIndex, on }: { id: string; run: Deed; trade: Deed | undefined; tabIndex: number; on: RowActions }) {
  return (
    <div role="gridcell" className={classes.act}>
      <DeedButton id={id} deed={run} tabIndex={tabIndex} on={on} />
      {trade === undefined
        ? <button type="button" disabled data-deed="pause" aria-label={`Pause ${id}`} title="Halted with its account or with everything"><Icon of="pause" /></button>
        : <DeedButton id={id} deed={trade} tabIndex={tabIndex} on={on} />}
      <button type="button" tabIndex={tabIndex} aria-haspopup="menu" aria-label={`More actions for ${id}`} title="More actions" onClick={(event) => on.menu(id, event.currentTarget)}><Icon of="more" /></button>
    </div>
  )
})

function DeedButton({ id, deed, tabIndex, on }: { id: string; deed: Deed; tabIndex: number; on: RowActions }) {
  // The second click of a double click would find the opposite command under the pointer.
  const click = (event: MouseEvent) => {
    if (event.detail < 2) on.perform(id, deed)
  }
  return <button type="button" tabIndex={tabIndex} data-deed={deed} aria-label={`${LABEL[deed]} ${id}`} title={LABEL[deed]} onClick={click}><Icon of={deed} /></button>
}
