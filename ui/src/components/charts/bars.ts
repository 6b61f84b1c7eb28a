/** Candles as the chart draws them, and how a poll's answer is joined to what is drawn already. Pure. */
import type { Schemas } from '../../api/client'

export interface Bar {
  /** Seconds since 1970 at which the candle opened. */
  time: number
  open: number
  high: number
  low: number
  close: number
  volume: number
}

const MOST = 3000
const SHORTEST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 30_000

export function barOf({ time, open, high, low, close, volume }: Schemas['Candle']): Bar {
  return { time: Date.parse(time) / 1000, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) }
}

/** Return `known` with what is new in `fresh`; undefined where there is a gap between them, or nothing was known. */
export function joined(known: readonly Bar[], fresh: readonly Bar[]): readonly Bar[] | undefined {
  const last = known.at(-1)
  const first = fresh[0]
  if (last === undefined || (first !== undefined && first.time > last.time)) return undefined
  const more = fresh.filter(({ time }) => time > last.time)
  return more.length === 0 ? known : [...known, ...more].slice(-MOST)
}

/** How long to wait before asking again: soon while candles come, longer and longer while none do. */
export function pauseAfter(pauseMs: number, gotNew: boolean): number {
  return gotNew ? SHORTEST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
}

/** Return the place of the bar in which something happened: the last that opened by then; -1 where it was before all of them. */
export function placeOf(bars: readonly Bar[], seconds: number): number {
  let [from, to] = [0, bars.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((bars[middle]?.time ?? Infinity) <= seconds) from = middle + 1
    else to = middle
  }
  return from - 1
}

/** Return how many decimals the prices are told with: what the axis shows. */
export function decimalsOf(candles: readonly Schemas['Candle'][]): number {
  const decimals = candles.slice(-100).flatMap(({ open, high, low, close }) => [open, high, low, close].map((price) => price.split('.')[1]?.length ?? 0))
  return Math.min(10, Math.max(0, ...decimals))
}
