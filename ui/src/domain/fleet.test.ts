import { describe, expect, it } from 'vitest'
import { bot } from '../pages/fleet/bot.fixture'
import { attentionOf, urgencyOf } from './attention'
import { totalsOf } from './totals'

const NOW = Date.parse('2026-01-01T00:10:00Z')
const since = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

describe('attention', () => {
  it('is wanted by what failed, with the reason', () => {
    expect(attentionOf(bot('a', { observed: 'FAILED', error: 'AuthenticationError: key revoked' }), NOW)).toEqual({ urgency: 'failing', reason: 'AuthenticationError: key revoked' })
    expect(urgencyOf(bot('a', { observed: 'BACKOFF' }), NOW)).toBe(2)
    expect(urgencyOf(bot('a', { unresolved: 1 }), NOW)).toBe(2)
  })

  it('is not wanted by an order that is just being sent, but by one that stays unresolved', () => {
    expect(urgencyOf(bot('a', { unresolved: 1, unresolvedSince: NOW - 1000 }), NOW)).toBe(0)
    expect(urgencyOf(bot('a', { unresolved: 1, unresolvedSince: NOW - 6000 }), NOW)).toBe(2)
  })

  it('is wanted by a start or stop only once it takes long', () => {
    expect(urgencyOf(bot('a', { observed: 'STARTING', since: since(5) }), NOW)).toBe(0)
    expect(urgencyOf(bot('a', { observed: 'STOPPING', since: since(61) }), NOW)).toBe(1)
  })

  it('is not wanted by what someone decided: stopped, paused, halted', () => {
    expect(urgencyOf(bot('a', { desired: 'STOPPED', observed: 'STOPPED' }), NOW)).toBe(0)
    expect(urgencyOf(bot('a', { tradingState: 'HALTED' }), NOW)).toBe(0)
    expect(urgencyOf(bot('a', { tradingState: 'REDUCING' }), NOW)).toBe(0)
  })

  it('is wanted by what should run and does not, but not by what waits for its turn to start', () => {
    expect(urgencyOf(bot('a', { desired: 'RUNNING', observed: 'STOPPED', generation: 2, observedGeneration: 2 }), NOW)).toBe(1)
    expect(urgencyOf(bot('a', { desired: 'RUNNING', observed: 'STOPPED', generation: 2, observedGeneration: 1 }), NOW)).toBe(0)
  })
})

describe('totals', () => {
  const fleet = [
    bot('a', { dayPnl: 1, realized: 2, unrealized: 3 }),
    bot('b', { mode: 'paper', dayPnl: 10 }),
    bot('c', { mode: 'live', currency: 'BTC', equity: 0.5 }),
    bot('d', { mode: 'live', dayPnl: 100 }),
    bot('e', { mode: 'live', dayPnl: -40 }),
  ]

  it('never sum live and paper, nor two currencies; real money comes first, the larger group before the smaller', () => {
    expect(totalsOf(fleet).map(({ mode, currency, bots, dayPnl }) => [mode, currency, bots, dayPnl])).toEqual([
      ['live', 'USDT', 2, 60], ['live', 'BTC', 1, 0], ['paper', 'USDT', 1, 10], ['simulated', 'USDT', 1, 1],
    ])
  })

  it('count realised and unrealised profit together', () => {
    expect(totalsOf(fleet).at(-1)?.pnl).toBe(5)
  })
})
