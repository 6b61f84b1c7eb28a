/** The day's profit over the day: what the service recorded until the page was opened, and what the page saw since. */
import type { Schemas } from '../../api/client'
import type { Total } from '../../domain/totals'

export interface Point {
  at: number
  pnl: number
}
export type Step = Schemas['PortfolioEquity']['items'][number]

const APART_MS = 10_000
const MOST = 500
const A_DAY_MS = 86_400_000

export const keyOf = ({ mode, currency }: Pick<Total, 'mode' | 'currency'>): string => `${mode} ${currency}`
/** When the day of a moment began, in UTC: the day that profits of a day are counted by. */
export const dayOf = (at: number): number => at - (at % A_DAY_MS)

/** Keeps the day's profit of each total, a point now and then. */
export class Today {
  #points: ReadonlyMap<string, readonly Point[]> = new Map()
  #addedAt = 0

  /** Add a point to each curve if the last is old enough; return the curves: the same ones where nothing was added. */
  add(totals: readonly Total[], at: number): ReadonlyMap<string, readonly Point[]> {
    const isSame = totals.length === this.#points.size && totals.every((total) => this.#points.has(keyOf(total)))
    if (at - this.#addedAt < APART_MS && isSame) return this.#points
    this.#addedAt = at
    this.#points = new Map(totals.map((total) => [keyOf(total), this.#withPoint(total, at)]))
    return this.#points
  }

  #withPoint(total: Total, at: number): readonly Point[] {
    const before = (this.#points.get(keyOf(total)) ?? []).filter((point) => point.at >= dayOf(at))
    return [...before, { at, pnl: total.dayPnl }].slice(-MOST)
  }
}

/** Return the day's profit as a series: the recorded profit from where the day began, then what was seen. */
export function seriesOf(steps: readonly Step[], seen: readonly Point[], total: Pick<Total, 'mode' | 'currency'>): number[] {
  const first = seen[0]
  if (first === undefined) return []
  const own = steps.filter((step) => keyOf(step) === keyOf(total) && Date.parse(step.at) >= dayOf(first.at) && Date.parse(step.at) <= first.at)
  const last = own.at(-1)
  const base = last === undefined ? 0 : Number(last.pnl) - first.pnl // what was made before today
  return [...own.map((step) => Number(step.pnl) - base), ...seen.map(({ pnl }) => pnl)]
}
