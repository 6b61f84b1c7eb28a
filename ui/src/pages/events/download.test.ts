import { describe, expect, it } from 'vitest'
import { collect } from './download'

const event = (seq: number) => ({ kind: 'command', name: 'start', at: '2026-01-01T00:00:00Z', bot_id: 'b1', actor: 'ada', reason: 'a "quoted"\nreason', fields: {}, seq })
const pages: Record<string, { items: ReturnType<typeof event>[]; next_cursor: string | null }> = {
  first: { items: [event(9), event(8)], next_cursor: '8' },
  8: { items: [event(7)], next_cursor: null },
}
const load = (cursor: number | undefined) => Promise.resolve(pages[String(cursor ?? 'first')] ?? { items: [], next_cursor: null })

describe('the download', () => {
  it('holds every page, one event a line', async () => {
    const told: number[] = []
    const { lines, isWhole } = await collect(load, (count) => told.push(count), () => true)
    expect(lines.join('').trimEnd().split('\n').map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([9, 8, 7])
    expect([isWhole, told]).toEqual([true, [2, 3]])
  })
  it('stops where it is enough, or not wanted any more, and says so', async () => {
    expect((await collect(load, () => undefined, () => true, 1)).lines).toHaveLength(1)
    expect(await collect(load, () => undefined, () => false)).toMatchObject({ isWhole: false })
  })
})
