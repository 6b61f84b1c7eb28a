/** The chart of one of the bot's instruments, with what the bot did and wants there. */
import { Group, SegmentedControl, Skeleton } from '@mantine/core'
import { lazy, memo, Suspense, useMemo, useState } from 'react'
import type { Bot } from '../../../api/client'
import { patiently } from '../../../components/patience'
import { marksOf } from '../../../components/charts/fillMarks'
import { linesOf } from '../../../components/charts/priceLines'
import { Panel } from '../../../components/Panel'
import { Empty, Failure } from '../../../components/Situations'
import classes from '../bot.module.css'
import { timeframesFor } from './timeframes'
import { useCandles } from './useCandles'
import { useFills } from './useFills'

const CandleChart = lazy(() => patiently(() => import('../../../components/charts/CandleChart')).then((loaded) => ({ default: loaded.CandleChart })))

/** Memoised: the page draws again with every tick of the bot's figures. */
export const PricePanel = memo(function PricePanel({ bot }: { bot: Bot }) {
  const [chosen, setChosen] = useState<string>()
  const [timeframe, setTimeframe] = useState(bot.timeframe)
  const instrument = chosen ?? bot.instruments[0] ?? ''
  const picks = (
    <Group gap="xs">
      {bot.instruments.length > 1 && <InstrumentPick instruments={bot.instruments} value={instrument} onPick={setChosen} />}
      <SegmentedControl size="xs" aria-label="Time frame" data={timeframesFor(bot.timeframe)} value={timeframe} onChange={setTimeframe} />
    </Group>
  )
  return <Panel title={`${instrument}: price, fills and orders`} aside={picks}><Prices bot={bot} instrument={instrument} timeframe={timeframe} /></Panel>
})

/** The browser's own list: it opens at once, with a thumb too, and weighs nothing. */
function InstrumentPick({ instruments, value, onPick }: { instruments: readonly string[]; value: string; onPick: (instrument: string) => void }) {
  return (
    <select className={classes.pick} aria-label="Instrument" value={value} onChange={(event) => onPick(event.currentTarget.value)}>
      {instruments.map((each) => <option key={each}>{each}</option>)}
    </select>
  )
}

function Prices({ bot, instrument, timeframe }: { bot: Bot; instrument: string; timeframe: string }) {
  const { data, error, refetch } = useCandles(bot.id, instrument, timeframe)
  const fills = useFills(bot.id)
  const lines = useLines(bot, instrument)
  const bars = data?.bars
  const marks = useMemo(() => marksOf(fills.filter((fill) => fill.instrument === instrument), bars ?? []), [fills, instrument, bars])
  if (data === undefined) {
    return <div className={classes.chart}>{error === null ? <Skeleton h="100%" /> : <Failure error={error} retry={() => void refetch()} />}</div>
  }
  if (data.bars.length === 0) return <div className={classes.chart}><Empty title="No candle has closed yet">The chart begins with the first one.</Empty></div>
  return (
    <div className={classes.chart}>
      <Suspense fallback={<Skeleton h="100%" />}>
        <CandleChart instrument={instrument} timeframe={timeframe} bars={data.bars} decimals={data.decimals} marks={marks} lines={lines} />
      </Suspense>
    </div>
  )
}

/** The price lines, the same array while they are the same lines. */
function useLines(bot: Bot, instrument: string) {
  const written = JSON.stringify(linesOf(bot, instrument))
  return useMemo(() => JSON.parse(written) as ReturnType<typeof linesOf>, [written])
}
