/** Candles with fills, orders and protections: the drawing, the values under the pointer, and the same in words. */
import { useEffect, useRef, useState } from 'react'
import { usePreferences } from '../../app/preferences'
import { integer, quantity } from '../../format/numbers'
import { full } from '../../format/times'
import { placeOf, type Bar } from './bars'
import { CandleDrawing, type Hovered } from './candleDrawing'
import classes from './charts.module.css'
import { useChartColors } from './colors'
import { countOf, wordsOf, type FillMark } from './fillMarks'
import type { ChartLine } from './priceLines'

interface Props {
  instrument: string
  timeframe: string
  bars: readonly Bar[]
  /** Of the prices. */
  decimals: number
  marks: readonly FillMark[]
  lines: readonly ChartLine[]
}

const figure = (amount: number) => quantity(amount)

export function CandleChart(props: Props) {
  const { instrument, timeframe, bars, marks, lines } = props
  const [hovered, setHovered] = useState<Hovered>()
  const frame = useDrawing(props, setHovered)
  const bar = bars[hovered === undefined ? bars.length - 1 : placeOf(bars, hovered.time)]
  const fills = countOf(marks)
  const words = `${instrument}, ${timeframe}: last price ${figure(bars.at(-1)?.close ?? 0)}, ${fills} ${fills === 1 ? 'fill' : 'fills'} drawn, ${lines.length} price lines.`
  return (
    <div className={classes.whole}>
      <Legend bar={bar} />
      <Tooltip hovered={hovered} marks={marks} />
      <div ref={frame} className={classes.drawing} role="img" aria-label={words} data-chart="candles" data-fills={fills} data-lines={lines.length} data-bars={bars.length} />
    </div>
  )
}

/** Make the drawing, keep it up, and return where it goes. */
function useDrawing({ instrument, timeframe, bars, decimals, marks, lines }: Props, onHover: (hovered: Hovered | undefined) => void) {
  const frame = useRef<HTMLDivElement>(null)
  const drawing = useRef<CandleDrawing>(undefined)
  const colors = useChartColors()
  const { zone } = usePreferences()
  const first = useRef(colors)
  useEffect(() => {
    if (frame.current === null) return
    const made = new CandleDrawing(frame.current, first.current, onHover)
    drawing.current = made
    return () => {
      drawing.current = undefined
      made.close()
    }
  }, [onHover])
  useEffect(() => drawing.current?.paint(colors), [colors])
  useEffect(() => drawing.current?.tell(zone), [zone])
  useEffect(() => drawing.current?.show(bars, `${instrument} ${timeframe}`, decimals), [bars, instrument, timeframe, decimals])
  useEffect(() => drawing.current?.mark(marks), [marks])
  useEffect(() => drawing.current?.rule(lines), [lines])
  return frame
}

function Legend({ bar }: { bar: Bar | undefined }) {
  const { zone } = usePreferences()
  if (bar === undefined) return null
  const { open, high, low, close, volume } = bar
  return (
    <div className={classes.reading} aria-hidden>
      {[['O', open], ['H', high], ['L', low], ['C', close]].map(([name, price]) => <span key={name}><span className="quiet">{name}</span> {figure(Number(price))}</span>)}
      <span className={close >= open ? 'up' : 'down'}>{close >= open ? '+' : '−'}{Math.abs((close / open - 1) * 100).toFixed(2)} %</span>
      <span data-wide><span className="quiet">Vol</span> {integer(volume)}</span>
      <span className="quiet" data-wide>{full(bar.time * 1000, zone).slice(0, 16)}</span>
    </div>
  )
}

/** The fills of the bar under the pointer; moved against its place, so that it never leaves the chart. */
function Tooltip({ hovered, marks }: { hovered: Hovered | undefined; marks: readonly FillMark[] }) {
  const here = marks.filter(({ time }) => time === hovered?.time)
  if (hovered === undefined || here.length === 0) return null
  return (
    <div className={classes.tooltip} style={{ left: `${hovered.share * 100}%`, translate: `${-hovered.share * 100}% 0` }}>
      {here.map((mark) => <div key={mark.side} className={mark.side === 'buy' ? 'up' : 'down'}>{mark.side === 'buy' ? '▲' : '▼'} {wordsOf(mark, figure)}</div>)}
    </div>
  )
}
