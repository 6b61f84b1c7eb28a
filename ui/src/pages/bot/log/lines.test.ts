import { describe, expect, it } from 'vitest'
import { fits, lineAt, textOf, withBacklog, type Line } from './lines'

const line = (number: number, changes: Partial<Line> = {}): Line => ({ number, boot: 'a', at: `2026-01-01T00:00:${String(number).padStart(2, '0')}Z`, level: 'info', message: `line ${number}`, fields: {}, ...changes })
const numbers = (lines: readonly Line[]) => lines.map(({ boot, number }) => `${boot}${number}`)

describe('the log', () => {
  it('takes each line once, from the stream or the backlog', () => expect(numbers(withBacklog([line(1), line(2)], [line(1), line(2), line(3)]))).toEqual(['a1', 'a2', 'a3']))
  it('fills in what was missed in the middle', () => expect(numbers(withBacklog([line(1), line(3)], [line(2), line(3)]))).toEqual(['a1', 'a2', 'a3']))
  it('keeps what was shown over a restart of the service, whose numbers begin anew', () => {
    expect(numbers(withBacklog([line(8), line(9)], [line(1, { boot: 'b' }), line(2, { boot: 'b' })]))).toEqual(['a8', 'a9', 'b1', 'b2'])
  })
  it('stays the same array where nothing is new', () => {
    const known = [line(1)]
    expect(withBacklog(known, [line(1)])).toBe(known)
  })
  it('shows a level and what is worse', () => {
    const shown = ['debug', 'info', 'warning', 'error'].filter((level) => fits(line(1, { level }), { level: 'warning', text: '' }))
    expect(shown).toEqual(['warning', 'error'])
  })
  it('finds text in message and fields, in any case', () => {
    const one = line(1, { message: 'Order sent', fields: { venue: 'sim', delay_s: 2 } })
    expect(['order', 'DELAY_S=2', 'nothing'].map((text) => fits(one, { level: 'debug', text }))).toEqual([true, true, false])
  })
  it('is written with time, level and fields', () => expect(textOf([line(1, { fields: { venue: 'sim' } })])).toBe('2026-01-01T00:00:01Z INFO     line 1 venue=sim\n'))
  it('finds the gravest line of a moment, and the nearest where none is of that moment', () => {
    const lines = [line(1), line(20), line(21, { level: 'error' }), line(22), line(40)]
    expect(lineAt(lines, '2026-01-01T00:00:20Z')?.number).toBe(21)
    expect(lineAt(lines, '2026-01-01T00:00:33Z')?.number).toBe(40)
    expect(lineAt(lines, '2025-01-01T00:00:00Z')?.number).toBe(1)
  })
})
