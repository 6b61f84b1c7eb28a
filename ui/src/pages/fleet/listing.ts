/** What the fleet page shows, worked out of the fleet at most a few times a second however much the stream says. Pure of React. */
import { totalsOf, type Total } from '../../domain/totals'
import type { BotRow } from '../../live/rows'
import { countsOf, haveSameOptions, optionsOf, type Counts, type Options } from './counts'
import { passing, type FleetSearch } from './filter'
import { Order } from './order'
import { Today, type Point } from './today'

export interface View {
  at: number
  /** Every bot, and those that pass the filter in the order shown. */
  all: readonly BotRow[]
  shown: readonly BotRow[]
  totals: readonly Total[]
  counts: Counts
  options: Options
  /** The day's profit as this page saw it, by mode and currency. */
  today: ReadonlyMap<string, readonly Point[]>
}

export interface FleetSource {
  readonly bots: () => readonly BotRow[]
  readonly watch: (watcher: () => void) => () => void
}

const TOGETHER_MS = 50 // what comes in one breath is drawn once
const APART_MS = 250
const AGAIN_MS = 5000 // what changes by time alone: who is on its way for too long, an order that waited
const HANDS_ON_MS = 5000

export class Listing {
  readonly #source: FleetSource
  readonly #order = new Order()
  readonly #today = new Today()
  readonly #watchers = new Set<() => void>()
  #view: View | undefined
  #search: FleetSearch | undefined
  #isStale = true
  #drawnAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false
  #hasFocus = false
  #touchedAt = 0

  constructor(source: FleetSource) {
    this.#source = source
  }

  /** Tell the watcher whenever the view is another. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    const leave = this.#source.watch(() => this.#schedule())
    const again = setInterval(() => this.#refresh(), AGAIN_MS)
    return () => {
      this.#watchers.delete(watcher)
      leave()
      clearInterval(again)
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** Return the view for a filter: the same one until there is news, or the filter is another. */
  view(search: FleetSearch): View {
    if (this.#view !== undefined && !this.#isStale && search === this.#search) return this.#view
    this.#isStale = false
    this.#search = search
    this.#view = this.#make(search, this.#view)
    return this.#view
  }

  /** The ids of the rows as they stand. */
  shownIds(): readonly string[] {
    return this.#view?.shown.map(({ id }) => id) ?? []
  }

  /** Someone takes the list in hand, or lets go of it: rows don't move under a pointer. */
  over = (isOver: boolean): void => {
    this.#isOver = isOver
    this.touch()
  }
  focus = (hasFocus: boolean): void => {
    this.#hasFocus = hasFocus
    this.touch()
  }
  touch = (): void => {
    this.#touchedAt = Date.now()
  }

  #schedule(): void {
    const wait = Math.max(TOGETHER_MS, this.#drawnAt + APART_MS - Date.now())
    this.#timer ??= setTimeout(() => this.#refresh(), wait)
  }

  #refresh(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#drawnAt = Date.now()
    this.#isStale = true
    this.#watchers.forEach((tell) => tell())
  }

  #make(search: FleetSearch, before: View | undefined): View {
    const at = Date.now()
    const all = this.#source.bots()
    const isHeld = this.#isOver || this.#hasFocus
    const hold = { isHeld, isHandsOn: isHeld && at - this.#touchedAt < HANDS_ON_MS }
    const totals = totalsOf(all).map((total, place) => keepEqual(before?.totals[place], total))
    return {
      at, all, totals,
      shown: this.#order.arrange(passing(all, search, at), search, at, hold),
      counts: keepEqual(before?.counts, countsOf(all, at)),
      options: before !== undefined && haveSameOptions(before.all, all) ? before.options : optionsOf(all),
      today: this.#today.add(totals, at),
    }
  }
}

/** Return what was before where it says the same: what is drawn of it needs no drawing again. */
function keepEqual<T extends object>(before: T | undefined, after: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after
}
