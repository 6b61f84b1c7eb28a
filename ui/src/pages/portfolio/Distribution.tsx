/** How the bots' profits spread, and which bots are at the ends. Computed from the fleet that the page has anyway. */
import { SegmentedControl, Select, SimpleGrid, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Profit } from '../../components/Figures'
import { Panel } from '../../components/Panel'
import { BotLink } from '../../components/table/BotLink'
import { useWords } from '../../components/table/useWords'
import { MODES } from '../../domain/states'
import { integer, profit } from '../../format/numbers'
import { live } from '../../live/live'
import type { BotRow } from '../../live/rows'
import { purseKey, type Purse } from './groups'
import classes from './portfolio.module.css'
import { histogram, middleOf } from './spread'

const EVERY_MS = 5000 // a histogram that moves every second tells no more
const ENDS = 5
const OF = [{ value: 'total', label: 'Total' }, { value: 'day', label: 'Today' }]

/** Return the fleet as it was within the last seconds. */
function useFleetNowAndThen(): readonly BotRow[] {
  const [bots, setBots] = useState(live.fleet.bots)
  useEffect(() => {
    const look = () => setBots(live.fleet.bots)
    const timer = setInterval(() => { if (!document.hidden) look() }, EVERY_MS)
    const leave = live.on('resync', look)
    return () => {
      clearInterval(timer)
      leave()
    }
  }, [])
  return bots
}

export function Distribution({ purses }: { purses: readonly Purse[] }) {
  const bots = useFleetNowAndThen()
  const [words, change] = useWords()
  const isDay = words.spread === 'day'
  const chosen = purses.find((purse) => purseKey(purse) === words.purse) ?? purses[0]
  if (chosen === undefined) return null
  const pnlOf = (bot: BotRow) => (isDay ? bot.dayPnl : bot.realized + bot.unrealized)
  const shown = bots.filter((bot) => bot.mode === chosen.mode && bot.currency === chosen.currency).map((bot) => ({ id: bot.id, pnl: pnlOf(bot) })).sort((a, b) => b.pnl - a.pnl)
  const ends = Math.min(ENDS, Math.floor(shown.length / 2) || shown.length)
  const pick = (
    <span className={classes.picks}>
      {purses.length > 1 && <Select size="xs" w={170} aria-label="Mode and currency" allowDeselect={false} data={purses.map((purse) => ({ value: purseKey(purse), label: `${MODES[purse.mode].label} · ${purse.currency}` }))} value={purseKey(chosen)} onChange={(value) => change({ purse: value ?? undefined })} />}
      <SegmentedControl size="xs" data={OF} value={isDay ? 'day' : 'total'} aria-label="Which PnL" onChange={(value) => change({ spread: value === 'day' ? value : undefined })} />
    </span>
  )
  return (
    <Panel title={`PnL of bots, ${MODES[chosen.mode].label.toLowerCase()}, ${chosen.currency}`} aside={pick}>
      {shown.length === 0 && <Text size="sm" className="quiet" py="sm">The bots of this kind are not loaded yet, or are gone.</Text>}
      {shown.length > 0 && <Histogram values={shown.map(({ pnl }) => pnl)} currency={chosen.currency} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }} mt="sm">
        <End title="Best" bots={shown.slice(0, ends)} currency={chosen.currency} />
        <End title="Worst" bots={shown.slice(shown.length - ends).reverse()} currency={chosen.currency} />
      </SimpleGrid>
    </Panel>
  )
}

function Histogram({ values, currency }: { values: readonly number[]; currency: string }) {
  const bars = histogram(values)
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const { median, winners } = middleOf(values)
  const summary = `${integer(winners)} of ${integer(values.length)} bots are above zero; the median is ${profit(median, currency)} ${currency}.`
  return (
    <figure className={classes.histogram}>
      <div className={classes.bars} role="img" aria-label={`Histogram. ${summary}`}>
        {bars.map(({ from, to, count }) => (
          <div key={from} className={classes.slot} title={`${profit(from, currency)} to ${profit(to, currency)} ${currency}: ${count} ${count === 1 ? 'bot' : 'bots'}`}>
            <div className={classes.bar} data-side={from < 0 ? 'down' : 'up'} style={{ height: `${(count / most) * 100}%` }} />
          </div>
        ))}
      </div>
      <div className={classes.edges}><span>{profit(bars[0]?.from ?? 0, currency)}</span><span>{profit(bars.at(-1)?.to ?? 0, currency)}</span></div>
      <Text size="xs" className="quiet" component="figcaption">{summary}</Text>
    </figure>
  )
}

function End({ title, bots, currency }: { title: string; bots: readonly { id: string; pnl: number }[]; currency: string }) {
  return (
    <div>
      <Text size="xs" fw={600} className="quiet" mb={2}>{title}</Text>
      <ol className={classes.end}>{bots.map(({ id, pnl }) => <li key={id}><BotLink id={id} /><Profit amount={pnl} currency={currency} withCurrency /></li>)}</ol>
    </div>
  )
}
