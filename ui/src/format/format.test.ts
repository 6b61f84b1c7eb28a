import { describe, expect, it } from 'vitest'
import { bytes, money, profit, quantity } from './numbers'
import { ago, brief, full, span } from './times'

describe('numbers', () => {
  it('always sign a profit, and never a zero', () => {
    expect([profit(1.5, 'USDT'), profit(-1.5, 'USDT'), profit(0, 'USDT')]).toEqual(['+1.50', '-1.50', '0.00'])
  })
  it('give coins more decimals than dollars', () => expect([money(0.123456, 'BTC'), money(0.123456, 'USDT')]).toEqual(['0.123456', '0.12']))
  it('keep the digits of a quantity', () => expect(quantity('0.00001234')).toBe('0.00001234'))
  it('round nothing before the point away', () => expect(quantity('1234567891')).toBe('1,234,567,891'))
  it('know no minus zero', () => expect([money(-0.001, 'USDT'), money(-0), profit(-0.001, 'USDT'), quantity('-0')]).toEqual(['0.00', '0.00', '0.00', '0']))
  it('are a dash where they are none', () => expect([money(NaN), profit(NaN), quantity('')]).toEqual(['–', '–', '0']))
  it('tell sizes in binary units', () => expect([bytes(0), bytes(1536), bytes(5 * 1024 ** 3)]).toEqual(['0 B', '1.5 KiB', '5 GiB']))
})

describe('times', () => {
  it('read the same everywhere in UTC', () => expect(full('2026-11-25T16:04:51Z', 'utc')).toBe('2026-11-25 16:04:51'))
  it('read briefly where there is little room', () => expect([brief('2026-11-25T16:04:51Z', 'utc'), brief(null, 'utc')]).toEqual(['11-25 16:04', '–']))
  it('are a dash where there are none', () => expect(full(null, 'utc')).toBe('–'))
  it('tell spans in their two largest units', () => expect([span(0.85), span(65), span(90061)]).toEqual(['850 ms', '1 min 5 s', '1 d 1 h']))
  it('tell distances in both directions', () => expect([ago(0, 5000), ago(5000, 0), ago(null)]).toEqual(['5 s ago', 'in 5 s', 'never']))
})
