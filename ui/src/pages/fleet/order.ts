/** In what order the rows stand, and when that may change. A list that is sorted anew with every tick can be neither read nor clicked:
 * rows move when the order or the filter is another, when bots come, or when one begins to need someone; for mere values seldom,
 * and never under the pointer. */
import { urgencyOf } from '../../domain/attention'
import { MODE_ORDER, OBSERVED_ORDER } from '../../domain/states'
import type { BotRow } from '../../live/rows'
import type { FleetSearch, SortKey } from './filter'

type Compare = (a: BotRow, b: BotRow) => number

/** Whether someone has the list in hand. */
export interface Hold {
  /** The pointer is over the rows, or one of them has the focus. */
  isHeld: boolean
  /** It is held, and moved or typed into within the last seconds. */
  isHandsOn: boolean
}

export const VALUES_MS = 5000

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byId: Compare = (a, b) => compareText(a.id, b.id)
/** Amounts of two currencies don't compare: they stay apart, whichever the direction. */
const amounts = (of: (bot: BotRow) => number, sign: number): Compare => (a, b) => compareText(a.currency, b.currency) || sign * (of(a) - of(b))

function comparison(sort: SortKey, sign: number, urgency: ReadonlyMap<string, number>): Compare {
  switch (sort) {
    case 'attention': return (a, b) => sign * ((urgency.get(b.id) ?? 0) - (urgency.get(a.id) ?? 0))
    case 'id': return (a, b) => sign * byId(a, b)
    case 'observed': return (a, b) => sign * (OBSERVED_ORDER.indexOf(a.observed) - OBSERVED_ORDER.indexOf(b.observed))
    case 'mode': return (a, b) => sign * (MODE_ORDER.indexOf(a.mode) - MODE_ORDER.indexOf(b.mode))
    case 'venue': return (a, b) => sign * compareText(a.venue, b.venue)
    case 'workingOrders': return (a, b) => sign * (a.workingOrders - b.workingOrders)
    case 'pnl': return amounts((bot) => bot.realized + bot.unrealized, sign)
    default: return amounts((bot) => bot[sort], sign)
  }
}

export class Order {
  #key = ''
  #ids: readonly string[] = []
  #urgency: ReadonlyMap<string, number> = new Map()
  #sortedAt = 0
  #isDue = false

  /** Return the bots in the order in which they are to be shown now. */
  arrange(bots: readonly BotRow[], search: FleetSearch, now: number, hold: Hold): readonly BotRow[] {
    const key = JSON.stringify(search)
    const urgency = urgenciesOf(bots, now)
    const kept = this.#keep(bots)
    const must = key !== this.#key || (!hold.isHeld && (kept.hasCome || this.#isDue)) || this.#isRising(urgency, search, hold)
    if (must || this.#isTime(search, now, hold)) return this.#sort(bots, search, key, urgency, now)
    this.#isDue ||= kept.hasCome
    this.#ids = kept.bots.map(({ id }) => id)
    return kept.bots
  }

  /** The bots in the order that stands; those that came, at its end. */
  #keep(bots: readonly BotRow[]): { bots: readonly BotRow[]; hasCome: boolean } {
    const byId = new Map(bots.map((bot) => [bot.id, bot]))
    const stand: BotRow[] = []
    for (const id of this.#ids) {
      const bot = byId.get(id)
      if (bot !== undefined) stand.push(bot)
      byId.delete(id)
    }
    return { bots: [...stand, ...byId.values()], hasCome: byId.size > 0 }
  }

  /** Whether a bot needs someone more than it did. It goes up at once, unless someone is at work in the list this very moment. */
  #isRising(urgency: ReadonlyMap<string, number>, { sort }: FleetSearch, hold: Hold): boolean {
    if ((sort ?? 'attention') !== 'attention' || hold.isHandsOn) return false
    for (const [id, now] of urgency) if (now > (this.#urgency.get(id) ?? 0)) return true
    return false
  }

  /** Whether values may be sorted anew: names and venues don't change, all else does. */
  #isTime({ sort }: FleetSearch, now: number, hold: Hold): boolean {
    return sort !== 'id' && !hold.isHeld && now - this.#sortedAt >= VALUES_MS
  }

  #sort(bots: readonly BotRow[], search: FleetSearch, key: string, urgency: ReadonlyMap<string, number>, now: number): readonly BotRow[] {
    const compare = comparison(search.sort ?? 'attention', search.desc === true ? -1 : 1, urgency)
    const sorted = bots.toSorted((a, b) => compare(a, b) || byId(a, b))
    this.#key = key
    this.#ids = sorted.map(({ id }) => id)
    this.#urgency = urgency
    this.#sortedAt = now
    this.#isDue = false
    return sorted
  }
}

/** How urgent each bot is that is not fine. */
function urgenciesOf(bots: readonly BotRow[], now: number): ReadonlyMap<string, number> {
  const urgencies = new Map<string, number>()
  for (const bot of bots) {
    const urgency = urgencyOf(bot, now)
    if (urgency > 0) urgencies.set(bot.id, urgency)
  }
  return urgencies
}
