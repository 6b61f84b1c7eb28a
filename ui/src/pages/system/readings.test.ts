import { describe, expect, it } from 'vitest'
import type { Schemas } from '../../api/client'
import { feedsOf, gradeOf, stallsOf, withReading, type Reading } from './readings'

const view = (startedAt: string): Schemas['SystemView'] => ({ started_at: startedAt, loop_lag_ms: 3, journal_depth: 2 }) as Schemas['SystemView']
const boot = Date.parse('2026-01-01T00:00:00Z')

describe('readings', () => {
  it('are as many as are kept, the newest last', () => {
    let readings: readonly Reading[] = []
    for (let at = 1; at <= 5; at++) readings = withReading(readings, view('2026-01-01T00:00:00Z'), boot + at, 3)
    expect(readings.map(({ at }) => at - boot)).toEqual([3, 4, 5])
    expect(readings.at(-1)).toEqual({ at: boot + 5, lag: 3, depth: 2 })
  })
  it('of an earlier boot go', () => {
    expect(withReading([{ at: boot - 1, lag: 900, depth: 0 }], view('2026-01-01T00:00:00Z'), boot + 1)).toHaveLength(1)
  })
})

describe('untyped parts', () => {
  it('are stalls with their culprit, newest first, whatever is missing', () => {
    const [first, second] = stallsOf({ stalls: [
      { at: '2026-01-01T00:00:00Z', seconds: 1.5, severity: 'error', task: 'bot:b1', stack: ['main.py:3 in main', 'time.sleep(2)'] },
      { at: '2026-01-02T00:00:00Z', seconds: 0.2, severity: 'warning', task: null },
    ] })
    expect(first).toMatchObject({ at: '2026-01-02T00:00:00Z', task: '' })
    expect(second?.stack).toHaveLength(2)
  })
  it('are feeds, the stalest first', () => {
    const feeds = feedsOf({ feeds: [{ venue: 'sim', instrument: 'A', staleness_s: 1 }, { venue: 'sim', instrument: 'B', staleness_s: 90, readers: 3 }] })
    expect(feeds.map(({ instrument, staleness, readers }) => [instrument, staleness, readers])).toEqual([['B', 90, 3], ['A', 1, 0]])
  })
})

it('a figure is graded by its limits', () => {
  expect([gradeOf(9, 10, 100), gradeOf(10, 10, 100), gradeOf(100, 10, 100)]).toEqual(['fine', 'warning', 'bad'])
})
