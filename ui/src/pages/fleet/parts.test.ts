import { describe, expect, it } from 'vitest'
import { bot } from './bot.fixture'
import { ariaSort, orderName, ORDERS, withOrder } from './columns'
import { countsOf, optionsOf } from './counts'
import { menuDeeds, runDeed, tradeDeed } from './deeds'
import { rowAfter } from './keys'
import { Selection } from './selection'
import { seriesOf, Today } from './today'

const SHOWN = ['a', 'b', 'c', 'd']
const chosen = (selection: Selection) => [...selection.ids].sort().join('')

describe('the choice', () => {
  it('is extended from the one last chosen, in either direction', () => {
    const selection = new Selection()
    selection.toggle('c')
    selection.extend('a', SHOWN)
    selection.extend('d', SHOWN)

    expect(chosen(selection)).toBe('abcd')
  })

  it('is taken back over a range that begins at one no longer chosen', () => {
    const selection = new Selection()
    selection.toggleAll(SHOWN)
    selection.toggle('b')
    selection.extend('c', SHOWN)

    expect(chosen(selection)).toBe('ad')
  })

  it('of all shown adds to what is not shown, and takes out only what is shown', () => {
    const selection = new Selection()
    selection.toggle('hidden')
    selection.toggleAll(SHOWN)
    const all = chosen(selection)
    selection.toggleAll(SHOWN)

    expect(all).toBe('abcdhidden')
    expect(chosen(selection)).toBe('hidden')
  })

  it('begins anew where the one last chosen is not shown any more, and forgets bots that are gone', () => {
    const selection = new Selection()
    selection.toggle('gone')
    selection.extend('b', SHOWN)
    selection.keep((id) => id !== 'gone')

    expect(chosen(selection)).toBe('b')
  })
})

describe('the commands that fit', () => {
  it('start what is stopped or gave up, reset what would not die, stop what runs', () => {
    expect(runDeed(bot('a', { desired: 'STOPPED', observed: 'STOPPED' }))).toBe('start')
    expect(runDeed(bot('a', { observed: 'FAILED' }))).toBe('start')
    expect(runDeed(bot('a', { observed: 'QUARANTINED' }))).toBe('reset')
    expect(runDeed(bot('a', { observed: 'BACKOFF' }))).toBe('stop')
  })

  it('lift its own halt only', () => {
    expect(tradeDeed(bot('a', { tradingState: 'HALTED', haltedBy: ['bot:a'] }))).toBe('unhalt')
    expect(tradeDeed(bot('a', { tradingState: 'HALTED', haltedBy: ['system'] }))).toBeUndefined()
    expect(tradeDeed(bot('a', { tradingState: 'REDUCING' }))).toBe('resume')
  })

  it('are in the menu, without those that would change nothing', () => {
    expect(menuDeeds(bot('a'))).toEqual(['stop', 'restart', 'pause', 'flatten', 'halt'])
    expect(menuDeeds(bot('a', { observed: 'FAILED', tradingState: 'REDUCING' }))).toEqual(['start', 'stop', 'restart', 'resume', 'flatten', 'halt', 'reset'])
  })
})

describe('a click on a heading', () => {
  it('sorts, turns round, and leads back to attention first', () => {
    const column = { key: 'pnl', isNumber: true } as const
    const first = withOrder({ q: 'x' }, column)
    const second = withOrder(first, column)

    expect(first).toEqual({ q: 'x', sort: 'pnl', desc: true })
    expect(second).toEqual({ q: 'x', sort: 'pnl' })
    expect(withOrder(second, column)).toEqual({ q: 'x' })
    expect([ariaSort(first, column), ariaSort(second, column), ariaSort({}, column)]).toEqual(['descending', 'ascending', undefined])
  })

  it('has its name among the orders', () => {
    expect(ORDERS.every(({ value, search }) => orderName(search) === value)).toBe(true)
  })
})

describe('the keys', () => {
  it('move within the list, from nowhere to its first row, and never beyond its ends', () => {
    expect(rowAfter('j', -1, 3, false)).toBe(0)
    expect(rowAfter('j', 2, 3, false)).toBe(2)
    expect(rowAfter('k', 0, 3, false)).toBe(0)
    expect(rowAfter('End', 0, 3, true)).toBe(2)
  })

  it('leave arrows to the page outside of the list', () => {
    expect(rowAfter('ArrowDown', 0, 3, false)).toBeUndefined()
    expect(rowAfter('ArrowDown', 0, 3, true)).toBe(1)
    expect(rowAfter('j', 0, 0, true)).toBeUndefined()
  })
})

describe('the counts and choices', () => {
  const fleet = [bot('a', { labels: { team: 'red' } }), bot('b', { observed: 'FAILED', venue: 'kraken', mode: 'live' }), bot('c', { uncancelled: 1, tradingState: 'HALTED', labels: { team: 'blue' } })]

  it('count every bot in its state and each trouble once', () => {
    expect(countsOf(fleet, 0)).toEqual({ all: 3, states: { RUNNING: 2, FAILED: 1 }, failing: 1, warning: 1, halted: 1, paused: 0 })
  })

  it('offer what there is', () => {
    expect(optionsOf(fleet)).toEqual({ venues: ['kraken', 'sim'], modes: ['live', 'simulated'], labels: ['team', 'team=blue', 'team=red'] })
  })

  it('do not offer thousands of values of one label', () => {
    const many = Array.from({ length: 500 }, (_, at) => bot(`b${at}`, { labels: { serial: `${at}` } }))

    expect(optionsOf(many).labels.length).toBeLessThan(60)
  })
})

describe("the day's curve", () => {
  const total = { mode: 'simulated', currency: 'USDT', bots: 1, dayPnl: 5, pnl: 105, equity: 1105, positionValue: 0 } as const
  const noon = Date.parse('2026-03-04T12:00:00Z')
  const step = (at: string, pnl: string) => ({ mode: total.mode, currency: 'USDT', at, equity: '0', pnl })

  it('begins at nothing at midnight and goes on with what is seen', () => {
    const today = new Today()
    today.add([total], noon)
    const seen = today.add([{ ...total, dayPnl: 8 }], noon + 60_000).get('simulated USDT') ?? []
    const series = seriesOf([step('2026-03-04T00:00:00Z', '100'), step('2026-03-04T06:00:00Z', '105'), step('2026-03-04T12:00:00Z', '105')], seen, total)

    expect(series[0]).toBe(0)
    expect(series.at(-2)).toBe(5)
    expect(series.at(-1)).toBe(8)
  })

  it('takes in neither other money nor yesterday', () => {
    const seen = new Today().add([total], noon).get('simulated USDT') ?? []
    const others = [step('2026-03-03T23:00:00Z', '50'), { ...step('2026-03-04T01:00:00Z', '999'), mode: 'live' as const }]

    expect(seriesOf(others, seen, total)).toEqual([])
  })

  it('adds a point now and then, and begins anew with the day', () => {
    const today = new Today()
    const first = today.add([total], noon)
    const same = today.add([total], noon + 1000)
    const next = today.add([total], noon + 86_400_000)

    expect(same).toBe(first)
    expect(next.get('simulated USDT')).toHaveLength(1)
  })
})
