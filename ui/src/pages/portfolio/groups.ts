/** The portfolio's groups and history, sorted into what may stand under one sum: one mode and one currency. */
import type { Mode, Schemas } from '../../api/client'
import { MODE_ORDER } from '../../domain/states'

type Group = Schemas['PortfolioGroup']
type Step = Schemas['EquityStep']

export interface Sums {
  bots: number
  capital: number
  equity: number
  dayPnl: number
  realized: number
  unrealized: number
  positionValue: number
}
export interface Purse extends Sums {
  mode: Mode
  currency: string
  venues: (Sums & { venue: string })[]
}

const sumsOf = (group: Group): Sums => ({
  bots: group.bots, capital: Number(group.capital), equity: Number(group.equity), dayPnl: Number(group.day_pnl),
  realized: Number(group.realized_pnl), unrealized: Number(group.unrealized_pnl), positionValue: Number(group.position_value),
})
const plus = (a: Sums, b: Sums): Sums => ({
  bots: a.bots + b.bots, capital: a.capital + b.capital, equity: a.equity + b.equity, dayPnl: a.dayPnl + b.dayPnl,
  realized: a.realized + b.realized, unrealized: a.unrealized + b.unrealized, positionValue: a.positionValue + b.positionValue,
})

export const purseKey = ({ mode, currency }: { mode: Mode; currency: string }): string => `${mode} ${currency}`
const byMode = (a: { mode: Mode; currency: string }, b: { mode: Mode; currency: string }) =>
  MODE_ORDER.indexOf(a.mode) - MODE_ORDER.indexOf(b.mode) || a.currency.localeCompare(b.currency)

/** Return one purse for each mode and currency, real money first, with what is at each venue. */
export function pursesOf(groups: readonly Group[]): Purse[] {
  const purses = new Map<string, Purse>()
  for (const group of groups) {
    const sums = sumsOf(group)
    const known = purses.get(purseKey(group))
    const venues = [...(known?.venues ?? []), { venue: group.venue, ...sums }]
    purses.set(purseKey(group), { mode: group.mode, currency: group.currency, ...(known === undefined ? sums : plus(known, sums)), venues })
  }
  return [...purses.values()].sort(byMode)
}

export interface History {
  mode: Mode
  currency: string
  times: number[]
  equity: number[]
  pnl: number[]
}

/** Return one history for each mode and currency, oldest step first. */
export function historiesOf(steps: readonly Step[]): History[] {
  const histories = new Map<string, History>()
  for (const step of [...steps].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const history = histories.get(purseKey(step)) ?? { mode: step.mode, currency: step.currency, times: [], equity: [], pnl: [] }
    history.times.push(Date.parse(step.at) / 1000)
    history.equity.push(Number(step.equity))
    history.pnl.push(Number(step.pnl))
    histories.set(purseKey(step), history)
  }
  return [...histories.values()].sort(byMode)
}

export const RANGES = [
  { value: '1h', label: '1 h', hours: 1 },
  { value: '24h', label: '24 h', hours: 24 },
  { value: '7d', label: '7 d', hours: 168 },
  { value: '30d', label: '30 d', hours: 720 },
  { value: 'all', label: 'All', hours: undefined },
] as const
export type Range = (typeof RANGES)[number]['value']
export const rangeOf = (word: string | undefined): Range => RANGES.find(({ value }) => value === word)?.value ?? '24h'

/** Return the moment that a range begins at. */
export function sinceOf(range: Range, now = Date.now()): string {
  const hours = RANGES.find(({ value }) => value === range)?.hours
  return new Date(hours === undefined ? Date.UTC(2020, 0, 1) : now - hours * 3_600_000).toISOString()
}
