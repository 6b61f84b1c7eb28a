import { beforeEach, describe, expect, it, vi } from 'vitest'
import { keepOpen } from './connection'
import type { Told } from './messages'

/** An EventSource that the test speaks for. */
class Source {
  static readonly CLOSED = 2
  static made: Source[] = []
  readyState = 0
  onopen: (() => void) | undefined
  onerror: (() => void) | undefined
  readonly url: string
  #listeners = new Map<string, (event: unknown) => void>()

  constructor(url: string) {
    this.url = url
    Source.made.push(this)
  }
  addEventListener(event: string, listener: (event: unknown) => void) {
    this.#listeners.set(event, listener)
  }
  close() {
    this.readyState = Source.CLOSED
  }
  says(type: string, lastEventId: string) {
    this.#listeners.get(type)?.({ type, lastEventId, data: '{}' })
  }
}

const last = (): Source => Source.made.at(-1) ?? new Source('none was made')
let told: Told[]
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
  Source.made = []
  told = []
})
const begin = () => keepOpen('/events', (each) => told.push(each))

describe('a connection', () => {
  it('opens anew, after the last message, where the browser gave up', () => {
    begin()
    last().says('fill', 'b-7')
    last().close()
    last().onerror?.()
    vi.advanceTimersByTime(600)

    expect(Source.made.map(({ url }) => url)).toEqual(['/events', '/events?after=b-7'])
  })

  it('leaves it to the browser where that tries again by itself', () => {
    begin()
    last().onerror?.()
    vi.advanceTimersByTime(20_000)

    expect(Source.made).toHaveLength(1)
  })

  it('opens anew where nothing was heard for two heartbeats, and says that it was lost', () => {
    begin()
    last().onopen?.()
    vi.advanceTimersByTime(40_000)

    expect(Source.made).toHaveLength(2)
    expect(told.map(({ kind }) => kind)).toEqual(['open', 'lost'])
  })

  it('stays where heartbeats come', () => {
    begin()
    for (let beat = 0; beat < 10; beat++) {
      vi.advanceTimersByTime(15_000)
      last().says('heartbeat', '')
    }

    expect(Source.made).toHaveLength(1)
  })

  it('waits longer each time, and no longer than ten seconds', () => {
    begin()
    for (let time = 0; time < 8; time++) {
      last().close()
      last().onerror?.()
      vi.advanceTimersByTime(10_000)
    }

    expect(Source.made).toHaveLength(9)
  })

  it('is over when it is left', () => {
    const leave = begin()
    leave()
    vi.advanceTimersByTime(100_000)

    expect(Source.made).toHaveLength(1)
  })
})
