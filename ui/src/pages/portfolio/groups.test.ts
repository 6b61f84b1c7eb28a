import { describe, expect, it } from 'vitest'
import type { Schemas } from '../../api/client'
import { historiesOf, pursesOf, rangeOf, sinceOf } from './groups'

const group = (mode: 'live' | 'paper' | 'simulated', currency: string, venue: string, equity: string): Schemas['PortfolioGroup'] => ({
  mode, currency, venue, bots: 2, capital: '100', equity, realized_pnl: '1.5', unrealized_pnl: '-0.5', day_pnl: '1', position_value: '10',
})

describe('purses', () => {
  it('sum the venues of one mode and currency and nothing else, real money first', () => {
    const purses = pursesOf([group('paper', 'USDT', 'p', '5'), group('live', 'USDT', 'a', '7'), group('live', 'USDT', 'b', '8'), group('live', 'EUR', 'c', '9')])
    expect(purses.map(({ mode, currency, equity, bots }) => [mode, currency, equity, bots])).toEqual([
      ['live', 'EUR', 9, 2], ['live', 'USDT', 15, 4], ['paper', 'USDT', 5, 2],
    ])
    expect(purses[1]?.venues.map(({ venue, equity }) => [venue, equity])).toEqual([['a', 7], ['b', 8]])
  })
})

describe('history', () => {
  it('is one for each mode and currency, oldest first', () => {
    const step = (mode: 'live' | 'paper', at: string, equity: string) => ({ mode, currency: 'USDT', at, equity, pnl: '1' })
    const [live, paper] = historiesOf([step('paper', '2026-01-01T00:00:00Z', '1'), step('live', '2026-01-01T01:00:00Z', '3'), step('live', '2026-01-01T00:00:00Z', '2')])
    expect(live?.equity).toEqual([2, 3])
    expect(paper?.times).toEqual([Date.parse('2026-01-01T00:00:00Z') / 1000])
  })
  it('begins where the range says; what is no range is a day', () => {
    expect(sinceOf(rangeOf('1h'), Date.parse('2026-01-01T01:00:00Z'))).toBe('2026-01-01T00:00:00.000Z')
    expect(sinceOf(rangeOf('nonsense'), Date.parse('2026-01-02T00:00:00Z'))).toBe('2026-01-01T00:00:00.000Z')
  })
})
