/** Which bots the fleet page shows, and in what order: all of it part of the address. */
import type { Mode, Observed } from '../../api/client'
import { urgencyOf } from '../../domain/attention'
import type { BotRow } from '../../live/rows'

export type SortKey = 'attention' | 'id' | 'observed' | 'mode' | 'venue' | 'dayPnl' | 'pnl' | 'equity' | 'positionValue' | 'workingOrders'
export interface FleetSearch {
  q?: string
  state?: Observed | 'attention' | 'halted'
  venue?: string
  mode?: Mode
  label?: string
  sort?: SortKey
  desc?: boolean
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined)

/** Read the filter out of an address; what makes no sense is left out. */
export function fleetSearch(search: Record<string, unknown>): FleetSearch {
  const read = {
    q: text(search.q), state: text(search.state), venue: text(search.venue), mode: text(search.mode), label: text(search.label),
    sort: text(search.sort), desc: search.desc === true ? true : undefined,
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as FleetSearch
}

function passes(bot: BotRow, { q, state, venue, mode, label }: FleetSearch, now: number): boolean {
  if (venue !== undefined && bot.venue !== venue) return false
  if (mode !== undefined && bot.mode !== mode) return false
  if (label !== undefined && !hasLabel(bot, label)) return false
  if (state === 'attention' ? urgencyOf(bot, now) === 0 : state === 'halted' ? bot.tradingState !== 'HALTED' : state !== undefined && bot.observed !== state) return false
  return q === undefined || `${bot.id} ${bot.strategy} ${bot.venue} ${bot.instruments.join(' ')}`.toLowerCase().includes(q.toLowerCase())
}

function hasLabel(bot: BotRow, label: string): boolean {
  const [key = '', value] = label.split('=', 2)
  return value === undefined ? key in bot.labels : bot.labels[key] === value
}

type Compare = (a: BotRow, b: BotRow) => number
const byId: Compare = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
const numbers = (of: (bot: BotRow) => number): Compare => (a, b) => of(a) - of(b)
const words = (of: (bot: BotRow) => string): Compare => (a, b) => of(a).localeCompare(of(b))

function comparison(sort: SortKey, now: number): Compare {
  switch (sort) {
    case 'attention': return (a, b) => urgencyOf(b, now) - urgencyOf(a, now)
    case 'pnl': return numbers((bot) => bot.realized + bot.unrealized)
    case 'id': return byId
    case 'observed': return words((bot) => bot.observed)
    case 'mode': return words((bot) => bot.mode)
    case 'venue': return words((bot) => bot.venue)
    default: return numbers((bot) => bot[sort])
  }
}

/** Return the bots that pass, sorted; what needs attention first unless another order is asked for. Ties go by id. */
export function selectBots(bots: readonly BotRow[], search: FleetSearch, now = Date.now()): BotRow[] {
  const compare = comparison(search.sort ?? 'attention', now)
  const sign = search.desc === true ? -1 : 1
  return bots.filter((bot) => passes(bot, search, now)).sort((a, b) => sign * compare(a, b) || byId(a, b))
}
