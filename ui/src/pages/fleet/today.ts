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

/** Return the day's profit evenly spread over what is known of the day: what was recorded, then what was seen. */
export function seriesOf(steps: readonly Step[], seen: readonly Point[], total: Pick<Total, 'mode' | 'currency'>): number[] {
  const first = seen[0]
  if (first === undefined) return []
  const own = steps.map((step) => ({ ...step, at: Date.parse(step.at) })).filter((step) => keyOf(step) === keyOf(total) && step.at >= dayOf(first.at) && step.at <= first.at)
  const before = Number(own.at(-1)?.pnl ?? 0) - first.pnl // what was made before today
  return spread([...own.map(({ at, pnl }) => ({ at, pnl: Number(pnl) - before })), ...seen])
}

const POINTS = 80

/** Return the values at evenly spread times: each time has the last value known then. */
function spread(points: readonly Point[]): number[] {
  const from = points[0]?.at ?? 0
  const step = ((points.at(-1)?.at ?? 0) - from) / POINTS
  if (step === 0) return []
  let place = 0
  return Array.from({ length: POINTS + 1 }, (_, at) => {
    while ((points[place + 1]?.at ?? Infinity) <= from + at * step) place += 1
    return points[at === POINTS ? points.length - 1 : place]?.pnl ?? 0
  })
}
