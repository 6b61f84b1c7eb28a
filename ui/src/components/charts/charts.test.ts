import { describe, expect, it } from 'vitest'
import type { Bot, Schemas } from '../../api/client'
import { barOf, decimalsOf, joined, pauseAfter, placeOf, type Bar } from './bars'
import { countOf, marksOf, withFill, wordsOf, type ChartFill } from './fillMarks'
import { linesOf, rangeWith } from './priceLines'

const bar = (time: number): Bar => ({ time, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 })
const bars = [60, 120, 180].map(bar)
const fill = (time: number, side: 'buy' | 'sell' = 'buy', tradeId = `${time}${side}`): ChartFill => ({ tradeId, instrument: 'BTC/USDT', side, quantity: 2, price: 10, time })
const candle = (price: string): Schemas['Candle'] => ({ time: '1970-01-01T00:01:00Z', open: price, high: price, low: price, close: price, volume: '1', filled: false })

describe('bars', () => {
  it('reads a candle by the second at which it opened', () => expect(barOf(candle('1.5'))).toMatchObject({ time: 60, close: 1.5 }))
  it('adds what is new, once', () => expect(joined(bars, [bar(120), bar(180), bar(240)])?.map(({ time }) => time)).toEqual([60, 120, 180, 240]))
  it('stays the same array where nothing is new, so that nothing is drawn', () => expect(joined(bars, [bar(180)])).toBe(bars))
  it('tells a gap', () => expect(joined(bars, [bar(240), bar(300)])).toBeUndefined())
  it('polls fast while candles come, ever slower while none do, and never stops', () => {
    expect(pauseAfter(30_000, true)).toBe(2000)
    expect([4000, 16_000, 30_000].map((pause) => pauseAfter(pause, false))).toEqual([8000, 30_000, 30_000])
  })
  it('finds the bar of a moment', () => expect([59, 60, 119, 120, 999].map((at) => placeOf(bars, at))).toEqual([-1, 0, 0, 1, 2]))
  it('shows the decimals that prices are told with', () => expect(decimalsOf([candle('1'), candle('0.7224')])).toBe(4))
})

describe('marks of fills', () => {
  it('stand at their candle, buys and sells apart', () => {
    const marks = marksOf([fill(130), fill(61), fill(125, 'sell')], bars)
    expect(marks.map(({ time, side }) => [time, side])).toEqual([[60, 'buy'], [120, 'buy'], [120, 'sell']])
  })
  it('count each fill, though those of one candle are one mark', () => expect(countOf(marksOf([fill(61), fill(62), fill(63)], bars))).toBe(3))
  it('put a fill of the open candle at the last closed one', () => expect(marksOf([fill(999)], bars)[0]?.time).toBe(180))
  it('leave out what was before all candles', () => expect(marksOf([fill(5)], bars)).toEqual([]))
  it('take a fill once, though it is told twice', () => expect(withFill([fill(61)], fill(61))).toHaveLength(1))
  it('say quantity and average price', () => {
    const [mark] = marksOf([fill(61), { ...fill(62), quantity: 6, price: 20 }], bars)
    expect(mark && wordsOf(mark, String)).toBe('Bought 8 at 17.5 in 2 trades')
  })
})

describe('price lines', () => {
  const bot = {
    positions: [{ instrument: 'BTC/USDT', quantity: '2', average_price: '10' }, { instrument: 'ETH/USDT', quantity: '1', average_price: '5' }],
    working_orders: [{ key: 'a', instrument: 'BTC/USDT', side: 'sell', quantity: '2', price: '12' }, { key: 'm', instrument: 'BTC/USDT', side: 'buy', quantity: '1', price: null }],
    protections: [
      { instrument: 'BTC/USDT', kind: 'stop_loss', price: '9', quantity: '2', at: null, guard: 'venue' },
      { instrument: 'BTC/USDT', kind: 'time_limit', price: null, quantity: null, at: '2026-01-01T00:00:00Z', guard: 'watched' },
    ],
  } as unknown as Bot
  it('are the entry, priced orders and priced protections of the instrument', () => {
    expect(linesOf(bot, 'BTC/USDT').map(({ kind, price, label }) => [kind, price, label])).toEqual([
      ['entry', 10, 'Entry 2'], ['sell', 12, 'Sell 2'], ['stop_loss', 9, 'Stop loss (at venue)'],
    ])
  })
  it('widen the range where they are near, and not where they would flatten the candles', () => expect(rangeWith(100, 110, [95, 117, 118, 300])).toEqual([95, 117]))
})
