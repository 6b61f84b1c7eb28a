import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Fleet } from './fleet'
import type { WireDelta, WireRow, WireState } from './rows'

const wire = (id: string, equity = '1000'): WireRow => [
  id, 'idle', 'sim', 'simulated', ['BTC/USDT'], 'USDT', { team: 'a' }, '1m', '1000', 'RUNNING', 'RUNNING', 1, 1, 'ACTIVE', [], '2026-01-01T00:00:00Z',
  0, null, null, null, 5, null, equity, '1', '2', '3', '4', 1, 2, 0, 0, null,
]
const delta = (id: string, equity: string): WireDelta => [id, 'BACKOFF', 'REDUCING', 6, null, equity, '-1.5', '0', '-2', '7', 0, 3, 1]
const state = (id: string, changes: Partial<WireState> = {}): WireState => ({
  id, name: 'BotFailed', at: '', actor: 'admin', reason: '', desired: 'RUNNING', observed: 'FAILED', generation: 2, observed_generation: 1, trading_state: 'HALTED',
  halted_by: ['system'], since: '2026-01-01T00:00:05Z', restarts: 4, next_retry_at: null, uncancelled_orders: 2,
  last_error: { class: 'permanent', type: 'ValueError', message: 'no' }, ...changes,
})

let fleet: Fleet
beforeEach(() => {
  fleet = new Fleet()
  fleet.reset([wire('a'), wire('b')])
})

describe('the fleet', () => {
  it('takes each figure of a delta, and leaves the others as they are', () => {
    fleet.applyDelta([delta('a', '990.5')])

    expect(fleet.bot('a')).toMatchObject({
      observed: 'BACKOFF', tradingState: 'REDUCING', cycles: 6, equity: 990.5, realized: -1.5, unrealized: 0, dayPnl: -2, positionValue: 7,
      openPositions: 0, workingOrders: 3, unresolved: 1, strategy: 'idle', capital: 1000,
    })
    expect(fleet.bot('b')?.equity).toBe(1000)
  })

  it('remembers since when orders are unresolved, until they are not', () => {
    vi.useFakeTimers({ now: 1000 })
    fleet.applyDelta([delta('a', '1')])
    vi.setSystemTime(9000)
    fleet.applyDelta([delta('a', '2')])
    const since = fleet.bot('a')?.unresolvedSince
    fleet.applyDelta([[...delta('a', '3').slice(0, -1), 0] as unknown as WireDelta])
    vi.useRealTimers()

    expect(since).toBe(1000)
    expect(fleet.bot('a')?.unresolvedSince).toBeUndefined()
  })

  it('keeps the row of a bot that did not change, and what of a row can not change by a delta', () => {
    const [a, b] = fleet.bots
    fleet.applyDelta([delta('a', '990')])

    expect(fleet.bots[0]).not.toBe(a)
    expect(fleet.bots[0]?.labels).toBe(a?.labels)
    expect(fleet.bots[1]).toBe(b)
  })

  it('keeps the order of its bots, and the very list until something changes', () => {
    const before = fleet.bots
    const same = fleet.bots
    fleet.applyDelta([delta('b', '1'), delta('a', '2')])

    expect(same).toBe(before)
    expect(fleet.bots.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('ignores a delta of a bot that it does not know', () => {
    fleet.applyDelta([delta('stranger', '1')])

    expect(fleet.bots).toHaveLength(2)
  })

  it('takes a state with its reason', () => {
    const mustAsk = fleet.applyState(state('a'))

    expect(mustAsk).toBe(false)
    expect(fleet.bot('a')).toMatchObject({ observed: 'FAILED', tradingState: 'HALTED', haltedBy: ['system'], restarts: 4, uncancelled: 2, error: 'ValueError: no', observedGeneration: 1 })
  })

  it('asks anew for a bot that it does not know or that was edited', () => {
    expect(fleet.applyState(state('new'))).toBe(true)
    expect(fleet.applyState(state('a', { name: 'update' }))).toBe(true)
  })

  it('lets deleted bots go, also those that an answer does not hold any more', () => {
    fleet.applyState(state('a', { deleted: true }))
    fleet.merge(['b', 'c'], [wire('c')])

    expect(fleet.bots.map(({ id }) => id)).toEqual(['c'])
  })
})
