import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gently, withHead, type Page } from './pages'

interface Row { id: number; state: string }
const page = (ids: number[], cursor: string | null, state = 'old'): Page<Row> => ({ items: ids.map((id) => ({ id, state })), next_cursor: cursor })
const keyOf = ({ id }: Row) => String(id)
const ids = ({ items }: Page<Row>) => items.map(({ id }) => id)

describe('a new first page', () => {
  it('takes the place of the old one and keeps what was loaded below', () => {
    const merged = withHead(page([5, 4, 3, 2, 1], 'one'), page([7, 6, 5, 4], 'four', 'new'), keyOf)
    expect(ids(merged)).toEqual([7, 6, 5, 4, 3, 2, 1])
    expect(merged.next_cursor).toBe('one')
    expect(merged.items[3]?.state).toBe('new')
  })
  it('drops what it no longer tells: an order that is not open any more', () => {
    expect(ids(withHead(page([5, 4, 3, 2, 1], 'one'), page([5, 3], 'three'), keyOf))).toEqual([5, 3, 2, 1])
  })
  it('is everything where it is the only one, or does not touch what was loaded', () => {
    expect(ids(withHead(page([3, 2, 1], 'one'), page([3], null), keyOf))).toEqual([3])
    expect(withHead(page([3, 2, 1], 'one'), page([9, 8], 'eight'), keyOf)).toEqual(page([9, 8], 'eight'))
  })
  it('goes on after itself where nothing was loaded below it', () => {
    expect(withHead(page([3, 2], 'two'), page([4, 3, 2], 'new two'), keyOf).next_cursor).toBe('new two')
  })
})

describe('gently', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  it('runs the first at once and many that follow as one', () => {
    const run = vi.fn()
    const { ask } = gently(run, 2000)
    ask()
    vi.advanceTimersByTime(0)
    expect(run).toHaveBeenCalledTimes(1)
    for (let at = 0; at < 10; at++) ask()
    vi.advanceTimersByTime(1999)
    expect(run).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(2)
  })
  it('forgets what waits when it is stopped', () => {
    const run = vi.fn()
    const { ask, stop } = gently(run, 2000)
    ask()
    stop()
    vi.advanceTimersByTime(5000)
    expect(run).not.toHaveBeenCalled()
  })
})
