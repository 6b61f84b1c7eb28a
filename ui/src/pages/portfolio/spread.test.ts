import { describe, expect, it } from 'vitest'
import { histogram, middleOf, niceStep } from './spread'

describe('the histogram', () => {
  it('counts every value once, in bars that never straddle zero', () => {
    const values = [-37, -2, -0.01, 0, 0.01, 3, 41.5, 90]
    const bars = histogram(values)
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(values.length)
    expect(bars.length).toBeLessThanOrEqual(36)
    expect(bars.filter(({ from, to }) => from < 0 && to > 0)).toEqual([])
    for (const { from, to, count } of bars) expect(count).toBe(values.filter((value) => value >= from && value < to).length)
  })
  it('takes one value, equal values and none', () => {
    expect(histogram([])).toEqual([])
    expect(histogram([5, 5]).reduce((sum, { count }) => sum + count, 0)).toBe(2)
    expect(histogram([0]).length).toBe(1)
    expect(histogram([NaN, 1]).reduce((sum, { count }) => sum + count, 0)).toBe(1)
  })
  it('has round edges', () => {
    expect([niceStep(100, 20), niceStep(190, 19), niceStep(0.07, 10), niceStep(300, 19)]).toEqual([5, 10, 0.01, 20])
  })
})

it('the middle is the median, and zero is no win', () => {
  expect(middleOf([3, -1, 0])).toEqual({ median: 0, winners: 1 })
  expect(middleOf([1, 3])).toEqual({ median: 2, winners: 2 })
  expect(middleOf([])).toEqual({ median: 0, winners: 0 })
})
