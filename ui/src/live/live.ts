/** The one live view of this tab: the stream, the fleet that it keeps up, and whether what is shown is still true. */
import { api, bodyOf, type Schemas } from '../api/client'
import { Fleet } from './fleet'
import { isHeld, placeOf, type Place, type StreamMessage, type Told } from './messages'
import type { WireDelta, WireRow, WireState } from './rows'
import { follow } from './transport'

/** `fresh`: snapshot and stream are there. `stale`: shown values are old, and since when. */
export type Freshness = { state: 'loading' } | { state: 'fresh' } | { state: 'stale'; since: number }
export type Listener = (payload: unknown) => void
export type SystemState = Pick<Schemas['SystemView'], 'halted' | 'safe_mode'> & { halts: Halt[] }
export interface Halt {
  scope: string
  at: string
  actor: string
  reason: string
}

const SILENCE_MS = 25_000 // the service sends a heartbeat at least every 15 s

export class Live {
  readonly fleet = new Fleet()
  freshness: Freshness = { state: 'loading' }
  /** How many times the fleet or the freshness has changed: what React compares. */
  version = 0
  #place: Place | undefined
  #waiting: StreamMessage[] = []
  #isAsking = false
  #mustAskAgain = false
  #isConnected = false
  #heardAt = Date.now()
  #toAsk = new Set<string>()
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Map<string, Set<Listener>>()

  /** Connect until the returned function is called. */
  start(): () => void {
    const leave = follow((told) => this.#take(told))
    const timer = setInterval(() => this.#checkSilence(), 1000)
    const show = () => this.#tell()
    document.addEventListener('visibilitychange', show)
    return () => {
      leave()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', show)
    }
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Call `listener` with each payload of an event: `fill`, `order`, `log`, `operation`, `system`, `bot.state`, `resync`. */
  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** Ask for some bots anew: what a stream cannot tell (a created or edited bot). */
  refresh(ids: readonly string[]): void {
    if (this.#toAsk.size === 0) setTimeout(() => void this.#askSome(), 100)
    ids.forEach((id) => this.#toAsk.add(id))
  }

  #take(told: Told): void {
    this.#heardAt = Date.now()
    if (told.kind === 'message') {
      this.#hear(told.message)
      return
    }
    this.#isConnected = told.kind === 'open'
    if (told.kind === 'lost') this.#become({ state: 'stale', since: Date.now() })
    else if (this.#place === undefined) void this.#snapshot()
    else this.#become({ state: 'fresh' }) // resumed; a gap would come as `resync`
  }

  #hear(message: StreamMessage): void {
    if (message.event === 'resync') void this.#snapshot()
    else if (this.#isAsking) this.#waiting.push(message)
    else if (this.#place !== undefined) this.#apply(message, this.#place)
  }

  #apply(message: StreamMessage, place: Place): void {
    if (message.event === 'heartbeat') return
    if (isHeld(placeOf(message.id), place)) return
    const payload: unknown = JSON.parse(message.data)
    if (message.event === 'bots.delta') this.fleet.applyDelta((payload as { rows: WireDelta[] }).rows)
    if (message.event === 'bot.state') {
      const state = payload as WireState
      if (this.fleet.applyState(state)) this.refresh([state.id])
    }
    this.#listeners.get(message.event)?.forEach((listener) => listener(payload))
    if (message.event.startsWith('bot')) this.#tell()
  }

  /** Take the fleet anew. Messages that come meanwhile wait, and those that the snapshot holds are dropped. */
  async #snapshot(): Promise<void> {
    this.#mustAskAgain = this.#isAsking // a gap after the snapshot that is under way
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const view = await bodyOf(api.GET('/api/v1/fleet'))
      this.#place = placeOf(view.stream)
      this.fleet.reset(view.items as WireRow[])
      this.#become(this.#isConnected ? { state: 'fresh' } : { state: 'stale', since: Date.now() })
    } catch {
      setTimeout(() => void this.#snapshot(), 2000)
    } finally {
      this.#isAsking = false
    }
    if (this.#mustAskAgain) {
      this.#mustAskAgain = false
      return this.#snapshot()
    }
    const waiting = this.#waiting.splice(0)
    waiting.forEach((message) => this.#hear(message))
    this.#listeners.get('resync')?.forEach((listener) => listener(null))
  }

  async #askSome(): Promise<void> {
    const ids = [...this.#toAsk]
    this.#toAsk = new Set()
    try {
      const view = await bodyOf(api.GET('/api/v1/fleet', { params: { query: { ids: ids.join(',') } } }))
      this.fleet.merge(ids, view.items as WireRow[])
      this.#tell()
    } catch {
      this.refresh(ids)
    }
  }

  #checkSilence(): void {
    if (this.freshness.state === 'fresh' && Date.now() - this.#heardAt > SILENCE_MS) this.#become({ state: 'stale', since: this.#heardAt })
  }

  #become(freshness: Freshness): void {
    if (freshness.state === 'stale' && this.freshness.state !== 'fresh') freshness = this.freshness.state === 'stale' ? this.freshness : freshness
    this.freshness = freshness
    this.#tell()
  }

  /** Tell the watchers. A hidden tab keeps its fleet but draws nothing. */
  #tell(): void {
    this.version++
    if (!document.hidden) this.#watchers.forEach((watcher) => watcher())
  }
}

export const live = new Live()
