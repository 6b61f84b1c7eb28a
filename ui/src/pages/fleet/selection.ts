/** Which bots are chosen. A choice outlives the filter: what is not shown any more stays chosen, and the bar says so. */

export class Selection {
  #ids: ReadonlySet<string> = new Set()
  #anchor: string | undefined
  readonly #watchers = new Set<() => void>()

  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Choose a bot, or no longer. */
  toggle(id: string): void {
    const ids = new Set(this.#ids)
    if (!ids.delete(id)) ids.add(id)
    this.#anchor = id
    this.#become(ids)
  }

  /** Give all bots between the one last chosen and this one, in the order shown, what the last one has. */
  extend(id: string, shown: readonly string[]): void {
    const from = this.#anchor === undefined ? -1 : shown.indexOf(this.#anchor)
    const to = shown.indexOf(id)
    if (from < 0 || to < 0) {
      this.toggle(id)
      return
    }
    const isChosen = this.#ids.has(shown[from] ?? '')
    const ids = new Set(this.#ids)
    for (const each of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (isChosen) ids.add(each)
      else ids.delete(each)
    }
    this.#become(ids)
  }

  /** Add all these; or take them all out where each is chosen already. */
  toggleAll(shown: readonly string[]): void {
    const ids = new Set(this.#ids)
    const areChosen = shown.every((id) => ids.has(id))
    for (const id of shown) {
      if (areChosen) ids.delete(id)
      else ids.add(id)
    }
    this.#become(ids)
  }

  clear(): void {
    this.#anchor = undefined
    this.#become(new Set())
  }

  /** Forget bots that are no longer there. */
  keep(isThere: (id: string) => boolean): void {
    if ([...this.#ids].every(isThere)) return
    this.#become(new Set([...this.#ids].filter(isThere)))
  }

  #become(ids: ReadonlySet<string>): void {
    this.#ids = ids
    this.#watchers.forEach((tell) => tell())
  }
}

/** The choice of this tab; it stands while one looks at a bot and comes back. */
export const selection = new Selection()
