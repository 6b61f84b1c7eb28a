import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BotRow } from '../../live/rows'
import { bot } from './bot.fixture'
import { Listing } from './listing'

let bots: readonly BotRow[]
let tell: () => void
let listing: Listing
let drawn: number
const search = {}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  bots = [bot('a'), bot('b')]
  drawn = 0
  listing = new Listing({
    bots: () => bots,
    watch: (watcher) => {
      tell = watcher
      return () => undefined
    },
  })
  listing.watch(() => (drawn += 1))
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the listing', () => {
  it('is drawn a few times a second, however often the stream speaks', () => {
    for (let at = 0; at < 1000; at += 2) {
      tell()
      vi.advanceTimersByTime(2)
    }

    expect(drawn).toBeGreaterThan(2)
    expect(drawn).toBeLessThanOrEqual(5)
  })

  it('is the same view until there is news', () => {
    const first = listing.view(search)
    const again = listing.view(search)
    bots = [bot('a'), bot('b', { equity: 2000 })]
    tell()
    vi.advanceTimersByTime(300)

    expect(again).toBe(first)
    expect(listing.view(search).totals[0]?.equity).toBe(3000)
  })

  it('answers another filter at once', () => {
    bots = [bot('first'), bot('second')]
    listing.view(search)

    expect(listing.view({ q: 'second' }).shown.map(({ id }) => id)).toEqual(['second'])
    expect(listing.shownIds()).toEqual(['second'])
  })

  it('looks again by itself: time alone makes a slow start a matter of concern', () => {
    bots = [bot('a'), bot('b', { observed: 'STARTING', since: new Date(Date.now()).toISOString() })]
    const before = listing.view(search).counts.warning
    vi.advanceTimersByTime(70_000)

    expect(before).toBe(0)
    expect(listing.view(search).counts.warning).toBe(1)
  })

  it('keeps the choices of the filters while bots only change their figures', () => {
    const { options } = listing.view(search)
    bots = bots.map((each) => ({ ...each, equity: 5 }))
    tell()
    vi.advanceTimersByTime(300)

    expect(listing.view(search).options).toBe(options)
  })

  it('moves no row under the pointer', () => {
    const sorted = { sort: 'equity', desc: true } as const
    bots = [bot('a', { equity: 2 }), bot('b', { equity: 1 })]
    listing.view(sorted)
    listing.over(true)
    bots = [bot('a', { equity: 2 }), bot('b', { equity: 3 })]
    vi.advanceTimersByTime(60_000)
    const held = listing.view(sorted).shown[0]?.id
    listing.over(false)
    vi.advanceTimersByTime(6000)

    expect(held).toBe('a')
    expect(listing.view(sorted).shown[0]?.id).toBe('b')
  })
})
