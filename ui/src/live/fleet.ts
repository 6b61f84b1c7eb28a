/** The fleet in memory: a snapshot kept up by deltas. Pure of React and of the network; `live.ts` feeds it. */
import { rowOf, withDelta, withState, type BotRow, type WireDelta, type WireRow, type WireState } from './rows'

/** Names of `bot.state` after which a bot's fixed columns (strategy, instruments, labels, capital) may be others. */
const RESHAPING = new Set(['create', 'apply', 'update'])

export class Fleet {
  #rows = new Map<string, BotRow>()
  #list: BotRow[] = []
  #isListed = true

  /** Every bot, in the snapshot's order. The same array until something changes. */
  get bots(): readonly BotRow[] {
    if (!this.#isListed) {
      this.#list = [...this.#rows.values()]
      this.#isListed = true
    }
    return this.#list
  }

  bot(id: string): BotRow | undefined {
    return this.#rows.get(id)
  }

  /** Take the place of everything by a snapshot. */
  reset(rows: readonly WireRow[]): void {
    this.#rows = new Map(rows.map((wire) => [wire[0], rowOf(wire)]))
    this.#isListed = false
  }

  /** Add or replace some bots, as asked for by id; those of `asked` that are not among them are gone. */
  merge(asked: readonly string[], rows: readonly WireRow[]): void {
    for (const id of asked) if (!rows.some((wire) => wire[0] === id)) this.#rows.delete(id)
    for (const wire of rows) this.#rows.set(wire[0], rowOf(wire))
    this.#isListed = false
  }

  applyDelta(deltas: readonly WireDelta[]): void {
    for (const delta of deltas) {
      const row = this.#rows.get(delta[0])
      if (row !== undefined) this.#rows.set(row.id, withDelta(row, delta))
    }
    this.#isListed = false
  }

  /** Take a `bot.state`; return whether the bot's row must be asked for again. */
  applyState(state: WireState): boolean {
    const row = this.#rows.get(state.id)
    this.#isListed = false
    if (state.deleted === true) {
      this.#rows.delete(state.id)
      return false
    }
    if (row !== undefined) this.#rows.set(state.id, withState(row, state))
    return row === undefined || RESHAPING.has(state.name)
  }
}
