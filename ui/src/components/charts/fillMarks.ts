/** Fills by the candle and side that they belong to: one mark each, however many trades an order took. Pure. */
import { placeOf, type Bar } from './bars'

export type Side = 'buy' | 'sell'
export interface ChartFill {
  tradeId: string
  instrument: string
  side: Side
  quantity: number
  price: number
  /** Seconds since 1970, the market's. */
  time: number
}

export interface FillMark {
  /** Of the bar. */
  time: number
  side: Side
  fills: ChartFill[]
}

/** Return the marks, oldest first. A fill of the candle that has not closed yet stands at the last one; one before all candles is not drawn. */
export function marksOf(fills: readonly ChartFill[], bars: readonly Bar[]): FillMark[] {
  const marks = new Map<string, FillMark>()
  for (const fill of fills) {
    const bar = bars[placeOf(bars, fill.time)]
    if (bar === undefined) continue
    const key = `${bar.time} ${fill.side}`
    const mark = marks.get(key) ?? { time: bar.time, side: fill.side, fills: [] }
    mark.fills.push(fill)
    marks.set(key, mark)
  }
  return [...marks.values()].sort((a, b) => a.time - b.time || a.side.localeCompare(b.side))
}

export const countOf = (marks: readonly FillMark[]): number => marks.reduce((sum, { fills }) => sum + fills.length, 0)

/** Return fills with another one, each once: the stream and the history tell of the same trades. */
export function withFill(fills: readonly ChartFill[], fill: ChartFill): readonly ChartFill[] {
  return fills.some((each) => each.tradeId === fill.tradeId && each.instrument === fill.instrument) ? fills : [...fills, fill]
}

/** The side's fills in words: `Bought 0.5 at 61,200 in 3 trades`. */
export function wordsOf({ side, fills }: FillMark, format: (amount: number) => string): string {
  const total = fills.reduce((sum, { quantity }) => sum + quantity, 0)
  const average = fills.reduce((sum, { quantity, price }) => sum + quantity * price, 0) / (total || 1)
  const trades = fills.length > 1 ? ` in ${fills.length} trades` : ''
  return `${side === 'buy' ? 'Bought' : 'Sold'} ${format(total)} at ${format(average)}${trades}`
}
