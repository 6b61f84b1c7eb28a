import { expect, it } from 'vitest'
import { timeframesFor } from './timeframes'

it('offers the bot’s own time frame among the usual ones, in order, once', () => {
  expect(timeframesFor('5m')).toEqual(['1m', '5m', '15m', '1h', '4h', '1d'])
  expect(timeframesFor('30m')).toEqual(['1m', '5m', '15m', '30m', '1h', '4h', '1d'])
})
