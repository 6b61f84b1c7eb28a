import { describe, expect, it } from 'vitest'
import { bot } from './bot.fixture'
import { filtersIn, fleetSearch, passing, withoutFilters, type FleetSearch } from './filter'

const FLEET = [
  bot('dca-1', { strategy: 'dca', venue: 'binance', mode: 'live', labels: { team: 'red', url: 'a=b' }, instruments: ['ETH/BTC'], currency: 'BTC' }),
  bot('trend-1', { observed: 'FAILED', labels: { team: 'blue' } }),
  bot('trend-2', { tradingState: 'HALTED' }),
  bot('trend-3', { tradingState: 'REDUCING', observed: 'STOPPED', desired: 'STOPPED' }),
]
const found = (search: FleetSearch) => passing(FLEET, search, 0).map(({ id }) => id)

describe('the filter', () => {
  it('finds by every word of a text, anywhere in a bot, in any case', () => {
    expect(found({ q: 'TREND sim' })).toEqual(['trend-1', 'trend-2', 'trend-3'])
    expect(found({ q: 'eth/btc' })).toEqual(['dca-1'])
    expect(found({ q: 'team=blue' })).toEqual(['trend-1'])
    expect(found({ q: 'trend binance' })).toEqual([])
  })

  it('finds by state and by what is more than a state', () => {
    expect(found({ state: 'STOPPED' })).toEqual(['trend-3'])
    expect(found({ state: 'attention' })).toEqual(['trend-1'])
    expect(found({ state: 'halted' })).toEqual(['trend-2'])
    expect(found({ state: 'paused' })).toEqual(['trend-3'])
  })

  it('finds by venue, mode, and a label with or without its value, even one with an equals sign', () => {
    expect(found({ venue: 'binance' })).toEqual(['dca-1'])
    expect(found({ mode: 'live' })).toEqual(['dca-1'])
    expect(found({ label: 'team' })).toEqual(['dca-1', 'trend-1'])
    expect(found({ label: 'team=blue' })).toEqual(['trend-1'])
    expect(found({ label: 'url=a=b' })).toEqual(['dca-1'])
  })

  it('hands on the very same list where nothing is filtered', () => {
    expect(passing(FLEET, { sort: 'id' }, 0)).toBe(FLEET)
  })
})

describe('the address', () => {
  it('is read back as it was written', () => {
    const search: FleetSearch = { q: 'a', state: 'attention', venue: 'sim', mode: 'paper', label: 'x=y', sort: 'pnl', desc: true }

    expect(fleetSearch({ ...search })).toEqual(search)
  })

  it('loses what makes no sense', () => {
    expect(fleetSearch({ q: '', state: 'HAPPY', mode: 'monopoly', sort: 'luck', desc: 'yes', venue: 7 })).toEqual({ venue: '7' })
  })

  it('keeps the order when filters are cleared', () => {
    expect(withoutFilters({ q: 'a', mode: 'live', sort: 'pnl', desc: true })).toEqual({ sort: 'pnl', desc: true })
    expect(filtersIn({ q: 'a', mode: 'live', sort: 'pnl' })).toBe(2)
  })
})
