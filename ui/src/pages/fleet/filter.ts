/** Which bots the fleet page shows, and by what they are sorted: all of it part of the address. */
import type { Mode, Observed } from '../../api/client'
import { urgencyOf } from '../../domain/attention'
import { MODE_ORDER, OBSERVED_ORDER } from '../../domain/states'
import type { BotRow } from '../../live/rows'

export const SORT_KEYS = ['attention', 'id', 'observed', 'mode', 'venue', 'dayPnl', 'pnl', 'equity', 'positionValue', 'workingOrders'] as const
export type SortKey = (typeof SORT_KEYS)[number]
/** States that are not the lifecycle's own: what needs someone, and what may not trade freely. */
export const CONDITIONS = ['attention', 'halted', 'paused'] as const
export type StateFilter = Observed | (typeof CONDITIONS)[number]

export interface FleetSearch {
  q?: string
  state?: StateFilter
  venue?: string
  mode?: Mode
  /** `key` or `key=value`. */
  label?: string
  sort?: SortKey
  desc?: boolean
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined)
const oneOf = <T extends string>(value: unknown, known: readonly T[]): T | undefined => known.find((each) => each === value)

/** Read the filter out of an address; what makes no sense is left out. */
export function fleetSearch(search: Record<string, unknown>): FleetSearch {
  const read = {
    q: text(search.q), state: oneOf(search.state, [...OBSERVED_ORDER, ...CONDITIONS]), venue: text(search.venue), mode: oneOf(search.mode, MODE_ORDER),
    label: text(search.label), sort: oneOf(search.sort, SORT_KEYS), desc: search.desc === true ? true : undefined,
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))
}

/** How many filters hold back bots; the order is none. */
export const filtersIn = ({ q, state, venue, mode, label }: FleetSearch): number => [q, state, venue, mode, label].filter((each) => each !== undefined).length

/** The same order with no filter. */
export function withoutFilters({ sort, desc }: FleetSearch): FleetSearch {
  return { ...(sort === undefined ? {} : { sort }), ...(desc === undefined ? {} : { desc }) }
}

/** Return the bots that pass, in the order given. Every word of the text must occur somewhere in a bot. */
export function passing(bots: readonly BotRow[], search: FleetSearch, now: number): readonly BotRow[] {
  if (filtersIn(search) === 0) return bots
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return bots.filter((bot) => passes(bot, search, now) && (words.length === 0 || hasWords(bot, words)))
}

function passes(bot: BotRow, { state, venue, mode, label }: FleetSearch, now: number): boolean {
  if (venue !== undefined && bot.venue !== venue) return false
  if (mode !== undefined && bot.mode !== mode) return false
  if (label !== undefined && !hasLabel(bot, label)) return false
  return state === undefined || isIn(bot, state, now)
}

function isIn(bot: BotRow, state: StateFilter, now: number): boolean {
  switch (state) {
    case 'attention': return urgencyOf(bot, now) > 0
    case 'halted': return bot.tradingState === 'HALTED'
    case 'paused': return bot.tradingState === 'REDUCING'
    default: return bot.observed === state
  }
}

function hasLabel(bot: BotRow, label: string): boolean {
  const at = label.indexOf('=')
  return at < 0 ? label in bot.labels : bot.labels[label.slice(0, at)] === label.slice(at + 1)
}

// By the labels' record: a delta makes a new row but keeps it, so that ten thousand texts are not put together every second.
const texts = new WeakMap<object, string>()

function hasWords(bot: BotRow, words: readonly string[]): boolean {
  const known = texts.get(bot.labels) ?? textOf(bot)
  texts.set(bot.labels, known)
  return words.every((word) => known.includes(word))
}

function textOf(bot: BotRow): string {
  const labels = Object.entries(bot.labels).map(([key, value]) => `${key}=${value}`)
  return [bot.id, bot.strategy, bot.venue, ...bot.instruments, ...labels].join(' ').toLowerCase()
}
