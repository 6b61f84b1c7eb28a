/** The one live view of this tab: the stream, the fleet that it keeps up, and whether what is shown is still true. */
import { api, bodyOf } from '../api/client'
import { asProblem, type ApiProblem } from '../api/problems'
import { Fleet } from './fleet'
import { isHeld, placeOf, type Place, type StreamMessage, type Told } from './messages'
import type { BotRow, WireDelta, WireRow, WireState } from './rows'
import { follow } from './transport'

/** `fresh`: snapshot and stream are there. `stale`: shown values are old, and since when. */
export type Freshness = { state: 'loading' } | { state: 'fresh' } | { state: 'stale'; since: number }
export type Listener = (payload: unknown) => void

/** What the live view needs of the service: its stream, and the fleet's snapshot, of all bots or of some. */
export interface Source {
  follow: (tell: (told: Told) => void) => () => void
  fleet: (ids?: readonly string[]) => Promise<{ stream: string; items: readonly WireRow[] }>
}

const SERVICE: Source = {
  follow,
  fleet: async (ids = []) => {
    const view = await bodyOf(api.GET('/api/v1/fleet', { params: { query: { ids: ids.join(',') } } }))
    return { stream: view.stream, items: view.items as WireRow[] }
  },
}
const SILENCE_MS = 40_000 // the service sends a heartbeat at least every 15 s
const RETRY_MS = 2000
const TOGETHER_MS = 100

export class Live {
  readonly fleet = new Fleet()
  freshness: Freshness = { state: 'loading' }
  /** Why the last snapshot was not had; undefined where it was. */
  problem: ApiProblem | undefined
  readonly #source: Source
  #place: Place | undefined
  #waiting: StreamMessage[] = []
  #isAsking = false
  #mustAskAgain = false
  #isFollowing = false
  #isConnected = false
  /** A gap is known, or feared, that no snapshot has filled yet: nothing is fresh until one has. */
  #hasGap = true
  #heardAt = Date.now()
  #toAsk = new Set<string>()
  readonly #watchers = new Set<() => void>()
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(source: Source = SERVICE) {
    this.#source = source
  }

  /** Connect until the returned function is called. */
  start(): () => void {
    this.#isFollowing = this.#hasGap = true // what came while nobody was connected is not known
    const leave = this.#source.follow((told) => this.#take(told))
    const timer = setInterval(() => this.#checkSilence(), 1000)
    const show = () => this.#tell()
    document.addEventListener('visibilitychange', show)
    return () => {
      leave()
      this.#isFollowing = this.#isConnected = false
      this.#age()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', show)
    }
  }

  /** Every bot; undefined as long as none was heard of. */
  known(): readonly BotRow[] | undefined {
    return this.#place === undefined ? undefined : this.fleet.bots
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Call `listener` with each payload of an event: `fill`, `order`, `log`, `operation`, `system`, `bot.state`; `resync` after a new snapshot. */
  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** Ask for some bots anew: what a stream cannot tell (a created or edited bot). */
  refresh(ids: readonly string[]): void {
    if (this.#toAsk.size === 0) setTimeout(() => void this.#askSome(), TOGETHER_MS)
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
    else if (this.#hasGap) void this.#snapshot()
    else this.#become({ state: 'fresh' }) // resumed; a gap would come as `resync`
  }

  #hear(message: StreamMessage): void {
    if (message.event === 'resync') this.#hasGap = true
    if (message.event === 'resync') void this.#snapshot()
    else if (this.#isAsking) this.#waiting.push(message)
    else if (this.#place !== undefined) this.#apply(message, this.#place)
    // Whoever speaks is there: a silence that was too long is over.
    if (this.#isConnected && this.freshness.state === 'stale' && !this.#hasGap) this.#become({ state: 'fresh' })
  }

  #apply(message: StreamMessage, place: Place): void {
    if (message.event === 'heartbeat' || isHeld(placeOf(message.id), place)) return
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
      let isWhole = false
      while (!isWhole) isWhole = await this.#reset()
      this.problem = undefined
    } catch (error) {
      this.problem = asProblem(error)
      this.#waiting = [] // the next snapshot holds what they say
      this.#age()
      setTimeout(() => { if (this.#isFollowing) void this.#snapshot() }, RETRY_MS)
      return
    } finally {
      this.#isAsking = false
    }
    this.#waiting.splice(0).forEach((message) => this.#hear(message))
    this.#listeners.get('resync')?.forEach((listener) => listener(null))
  }

  /** Take a snapshot; return whether no gap came meanwhile. */
  async #reset(): Promise<boolean> {
    this.#mustAskAgain = false
    const { stream, items } = await this.#source.fleet()
    this.#place = placeOf(stream)
    this.fleet.reset(items)
    this.#hasGap = this.#mustAskAgain
    this.#become(this.#isConnected ? { state: 'fresh' } : { state: 'stale', since: Date.now() })
    return !this.#mustAskAgain
  }

  async #askSome(): Promise<void> {
    const ids = [...this.#toAsk]
    this.#toAsk = new Set()
    try {
      this.fleet.merge(ids, (await this.#source.fleet(ids)).items)
      this.#tell()
    } catch {
      setTimeout(() => this.refresh(ids), RETRY_MS)
    }
  }

  #checkSilence(): void {
    if (this.freshness.state === 'fresh' && Date.now() - this.#heardAt > SILENCE_MS) this.#become({ state: 'stale', since: this.#heardAt })
  }

  /** What is shown was true until now. */
  #age(): void {
    if (this.freshness.state === 'fresh') this.#become({ state: 'stale', since: Date.now() })
    else this.#tell()
  }

  #become(freshness: Freshness): void {
    // Stale is stale since it first was; trying again does not make it younger.
    if (!(freshness.state === 'stale' && this.freshness.state === 'stale')) this.freshness = freshness
    this.#tell()
  }

  /** Tell the watchers. A hidden tab keeps its fleet but draws nothing. */
  #tell(): void {
    if (!document.hidden) this.#watchers.forEach((watcher) => watcher())
  }
}

export const live = new Live()
