import { describe, expect, it } from 'vitest'
import type { BotRow } from '../../live/rows'
import { bot } from './bot.fixture'
import type { FleetSearch } from './filter'
import { Order, VALUES_MS, type Hold } from './order'

const FREE: Hold = { isHeld: false, isHandsOn: false }
const HELD: Hold = { isHeld: true, isHandsOn: false }
const HANDS_ON: Hold = { isHeld: true, isHandsOn: true }
const BY_DAY: FleetSearch = { sort: 'dayPnl', desc: true }

const ids = (bots: readonly BotRow[]) => bots.map(({ id }) => id).join(' ')
/** An order that has shown these bots at moment 0. */
function shown(bots: readonly BotRow[], search: FleetSearch) {
  const order = new Order()
  const first = ids(order.arrange(bots, search, 0, FREE))
  return { first, then: (next: readonly BotRow[], now: number, hold = FREE, by = search) => ids(order.arrange(next, by, now, hold)) }
}

describe('the order of values', () => {
  const before = [bot('a', { dayPnl: 3 }), bot('b', { dayPnl: 2 }), bot('c', { dayPnl: 1 })]
  const after = [bot('a', { dayPnl: 0 }), bot('b', { dayPnl: 2 }), bot('c', { dayPnl: 9 })]

  it('stands while values tick, and follows them after five seconds', () => {
    const { first, then } = shown(before, BY_DAY)

    expect(first).toBe('a b c')
    expect(then(after, VALUES_MS - 1)).toBe('a b c')
    expect(then(after, VALUES_MS)).toBe('c b a')
  })

  it('stands as long as the pointer is over the list, and follows once it is let go', () => {
    const { then } = shown(before, BY_DAY)

    expect(then(after, 10 * VALUES_MS, HELD)).toBe('a b c')
    expect(then(after, 10 * VALUES_MS + 1)).toBe('c b a')
  })

  it('follows at once where another order is asked for, held or not', () => {
    const { then } = shown(before, BY_DAY)

    expect(then(after, 1, HANDS_ON, { sort: 'dayPnl' })).toBe('a b c')
    expect(then(after, 2, HANDS_ON, { sort: 'id', desc: true })).toBe('c b a')
  })

  it('shows the values of now in the order of before', () => {
    const order = new Order()
    order.arrange(before, BY_DAY, 0, FREE)

    expect(order.arrange(after, BY_DAY, 1, FREE)[0]?.dayPnl).toBe(0)
  })

  it('keeps amounts of two currencies apart in both directions', () => {
    const mixed = [bot('a', { dayPnl: 500 }), bot('b', { dayPnl: 1, currency: 'BTC' }), bot('c', { dayPnl: 700 })]

    expect(shown(mixed, BY_DAY).first).toBe('b c a')
    expect(shown(mixed, { sort: 'dayPnl' }).first).toBe('b a c')
  })
})

describe('what needs attention', () => {
  const well = [bot('a'), bot('b'), bot('c')]
  const failing = [bot('a'), bot('b'), bot('c', { observed: 'FAILED' })]

  it('comes first, then by name', () => {
    expect(shown([bot('z'), bot('y', { uncancelled: 1 }), bot('x', { observed: 'BACKOFF' }), bot('a')], {}).first).toBe('x y a z')
  })

  it('goes up at once when it begins to fail', () => {
    expect(shown(well, {}).then(failing, 1)).toBe('c a b')
  })

  it('goes up under a resting pointer, but not under a hand at work', () => {
    const { then } = shown(well, {})

    expect(then(failing, 1, HANDS_ON)).toBe('a b c')
    expect(then(failing, 2, HELD)).toBe('c a b')
  })

  it('does not jump up and down with a bot that crashes again and again', () => {
    const { then } = shown(failing, {})

    expect(then(well, 1)).toBe('c a b')
    expect(then(failing, 2)).toBe('c a b')
    expect(then(well, VALUES_MS)).toBe('a b c')
  })

  it('does not move rows that are sorted by something else', () => {
    expect(shown(well, { sort: 'id' }).then(failing, 1)).toBe('a b c')
  })
})

describe('bots that come and go', () => {
  const two = [bot('b'), bot('d')]

  it('are sorted in at once', () => {
    expect(shown(two, { sort: 'id' }).then([...two, bot('a'), bot('c')], 1)).toBe('a b c d')
  })

  it('wait at the end while the list is held, and are sorted in when it is let go', () => {
    const { then } = shown(two, { sort: 'id' })
    const three = [...two, bot('a')]

    expect(then(three, 1, HELD)).toBe('b d a')
    expect(then(three, 2)).toBe('a b d')
  })

  it('leave without moving the others', () => {
    const { then } = shown([bot('a', { dayPnl: 3 }), bot('b', { dayPnl: 2 }), bot('c', { dayPnl: 1 })], BY_DAY)

    expect(then([bot('a', { dayPnl: 0 }), bot('c', { dayPnl: 9 })], 1)).toBe('a c')
  })
})
