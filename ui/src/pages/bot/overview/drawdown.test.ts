import { describe, expect, it } from 'vitest'
import { curveOf } from './drawdown'

const point = (second: number, equity: string) => ({ at: new Date(second * 1000).toISOString(), equity })

describe('an equity curve', () => {
  it('tells the loss since the best before', () => expect(curveOf([point(1, '100'), point(2, '200'), point(3, '150'), point(4, '300')]).drawdown).toEqual([0, 0, -0.25, 0]))
  it('ends with the equity of now', () => expect(curveOf([point(1, '100')], { at: 2, equity: 110 }).equity).toEqual([100, 110]))
  it('never goes back in time: a chart could not draw that', () => expect(curveOf([point(5, '100')], { at: 2, equity: 110 }).times).toEqual([5]))
  it('is empty until something is recorded', () => expect(curveOf([], { at: 2, equity: 110 }).times).toEqual([]))
  it('tells no drawdown of what was never worth anything', () => expect(curveOf([point(1, '-5'), point(2, '-9')]).drawdown).toEqual([0, 0]))
})
