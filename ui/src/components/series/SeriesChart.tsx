/** uPlot as this dashboard draws it: one line with its area, in the page's colours, as wide as there is room. */
import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { clock, day, full, type Zone } from '../../format/times'
import classes from './series.module.css'

export interface SeriesProps {
  /** Seconds since 1970, rising. */
  times: readonly number[]
  values: readonly (number | null)[]
  height: number
  zone: Zone
  /** What is drawn, for those who do not see it. */
  label: string
  format: (value: number) => string
  /** Draw a line at zero and colour by the side of it. */
  aroundZero?: boolean
}

const DAY = 86_400
/** Between two ticks: never less than a second, which is all that their text tells. */
const STEPS = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY]

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function optionsOf({ height, zone, format, aroundZero = false }: Pick<SeriesProps, 'height' | 'zone' | 'format' | 'aroundZero'>, width: number, read: (at: number | null | undefined) => void): uPlot.Options {
  const line = colour('--mantine-color-sea-5')
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '11px Inter Variable, system-ui, sans-serif' }
  return {
    width, height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, low, high) => rangeOf(low, high, aroundZero) } },
    axes: [{ ...axis, space: 70, incrs: STEPS, values: (_, ticks, _axis, _space, step) => ticks.map((tick, at) => momentOf(tick, ticks[at - 1], step, zone)) }, { ...axis, size: (_, shown: string[] | null) => Math.max(40, ...(shown ?? []).map((text) => text.length * 6.6 + 14)), values: (_, ticks) => ticks.map(format) }],
    series: [{}, { stroke: line, width: 1.5, fill: `${line}1f`, points: { show: false }, ...(aroundZero ? { fillTo: 0 } : {}) }],
    ...(zone === 'utc' ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}),
    hooks: { setCursor: [(plot) => read(plot.cursor.idx)] },
  }
}

/** A tick's time of day, with the day below it where that is a new one; the day alone where ticks are days apart. */
function momentOf(tick: number, before: number | undefined, step: number, zone: Zone): string {
  const date = day(tick * 1000, zone)
  if (step >= DAY) return date
  const isNew = before === undefined || day(before * 1000, zone) !== date
  return `${clock(tick * 1000, zone).slice(0, step < 60 ? 8 : 5)}${isNew ? `\n${date}` : ''}`
}

/** Some room above and below; never none at all, and zero always in sight where it matters. */
function rangeOf(low: number | null, high: number | null, aroundZero: boolean): uPlot.Range.MinMax {
  const [from, to] = [Math.min(low ?? 0, aroundZero ? 0 : Infinity), Math.max(high ?? 0, aroundZero ? 0 : -Infinity)]
  const room = (to - from) * 0.08 || Math.abs(to) * 0.001 || 1
  return [from - room, to + room]
}

export function SeriesChart(props: SeriesProps) {
  const { times, values, height, zone, label, format, aroundZero } = props
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const [at, setAt] = useState<number | null>()
  const scheme = useComputedColorScheme('dark')
  const latest = useRef({ times, values, format })
  useEffect(() => {
    latest.current = { times, values, format }
    plot.current?.setData([[...times], [...values]])
  }, [times, values, format])
  useEffect(() => {
    const inside = frame.current
    if (inside === null) return
    const given = { height, zone, format: (value: number) => latest.current.format(value), ...(aroundZero === undefined ? {} : { aroundZero }) }
    const made = new uPlot(optionsOf(given, inside.clientWidth, setAt), [[...latest.current.times], [...latest.current.values]], inside)
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: inside.clientWidth, height }))
    watch.observe(inside)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [height, zone, scheme, aroundZero])
  const shown = at ?? times.length - 1
  const [time, value] = [times[shown], values[shown]]
  return (
    <div>
      <div className={classes.read}>{time !== undefined && value != null && <><span className="num">{format(value)}</span> <span className="quiet">{full(time * 1000, zone)}</span></>}</div>
      <div ref={frame} className={classes.frame} role="img" aria-label={label} />
    </div>
  )
}
