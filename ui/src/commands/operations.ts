/** Operations that this tab began or saw: what became of each command, told by the service and not by hope. */
import { api, bodyOf, type Operation } from '../api/client'
import { asProblem } from '../api/problems'
import { live } from '../live/live'

export type Tracked = Pick<Operation, 'id' | 'action' | 'state' | 'total' | 'done' | 'failed' | 'errors'> & { label: string }

const POLL_MS = 2000 // where the stream is down, or the end came before we listened
const KEPT = 30

class Operations {
  #all: readonly Tracked[] = []
  readonly #watchers = new Set<() => void>()
  readonly #waiting = new Map<string, (ended: Tracked) => void>()

  constructor() {
    live.on('operation', (payload) => this.#take(payload as Operation))
  }

  get all(): readonly Tracked[] {
    return this.#all
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Follow an operation; return it once it has ended. */
  async follow(id: string, label: string, first?: Operation): Promise<Tracked> {
    const ended = new Promise<Tracked>((resolve) => this.#waiting.set(id, resolve))
    this.#put({ id, action: label, state: 'running', total: 1, done: 0, failed: 0, errors: {}, ...first, label })
    const timer = setInterval(() => void this.#ask(id), POLL_MS)
    void this.#ask(id)
    try {
      return await ended
    } finally {
      clearInterval(timer)
    }
  }

  async #ask(id: string): Promise<void> {
    try {
      this.#take(await bodyOf(api.GET('/api/v1/operations/{operation_id}', { params: { path: { operation_id: id } } })))
    } catch (error) {
      if (asProblem(error).status === 404) this.#lose(id)
      // else asked again at the next tick; the page's badge says that the service does not answer
    }
  }

  /** The service knows it no longer: its journal was put back, or it is long ago. */
  #lose(id: string): void {
    const known = this.#all.find((each) => each.id === id)
    if (known !== undefined) this.#take({ ...known, state: 'failed', errors: { [id]: 'The service does not know this operation any more. Look at the events for what became of it.' } })
  }

  #take(operation: Operation | Tracked): void {
    const known = this.#all.find((each) => each.id === operation.id)
    if (known?.state !== 'running') return
    const tracked = { ...known, ...operation, label: known.label }
    this.#put(tracked)
    if (tracked.state === 'running') return
    this.#waiting.get(tracked.id)?.(tracked)
    this.#waiting.delete(tracked.id)
  }

  #put(tracked: Tracked): void {
    const others = this.#all.filter((each) => each.id !== tracked.id)
    const place = this.#all.findIndex((each) => each.id === tracked.id)
    this.#all = place < 0 ? [tracked, ...others].filter(({ state }, at) => at < KEPT || state === 'running') : this.#all.map((each) => (each.id === tracked.id ? tracked : each))
    this.#watchers.forEach((tell) => tell())
  }
}

export const operations = new Operations()
