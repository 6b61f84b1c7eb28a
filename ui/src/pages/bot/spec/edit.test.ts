import { describe, expect, it } from 'vitest'
import type { Bot } from '../../../api/client'
import type { Tagged } from '../../../forms/spec/specRequests'
import { begin, changesIn, effectOf, isBehind, reapplied, tagOf } from './edit'

const bot = (generation: number, fast: number, more: object = {}): Tagged => ({
  bot: { spec: { id: 'a', params: { fast, slow: 26 }, labels: {} }, spec_hash: `h${fast}`, generation, desired: 'RUNNING', observed: 'RUNNING', ...more } as unknown as Bot,
  etag: `"${generation}"`,
})
const edit = { ...begin(bot(2, 12)), mine: { id: 'a', params: { fast: 12, slow: 30 }, labels: {} } }

describe('an edit of a spec', () => {
  it('begins without a change', () => expect(changesIn(begin(bot(2, 12)))).toEqual([]))
  it('is not behind a bot that was only commanded, and is saved with its newest tag', () => expect([isBehind(edit, bot(5, 12)), tagOf(edit, bot(5, 12))]).toEqual([false, '"5"']))
  it('is behind a bot whose spec is another one, and keeps its own tag, which the service refuses', () => expect([isBehind(edit, bot(3, 9)), tagOf(edit, bot(3, 9))]).toEqual([true, '"2"']))
  it('is not behind what it has been saved as itself, while the page still shows what was before', () => expect(isBehind(begin(bot(3, 9)), bot(2, 12))).toBe(false))
  it('goes on top of theirs', () => {
    const again = reapplied(edit, bot(3, 9))
    expect(again.mine).toEqual({ id: 'a', params: { fast: 9, slow: 30 }, labels: {} })
    expect(changesIn(again).map(({ path }) => path.join('.'))).toEqual(['params.slow'])
    expect(isBehind(again, bot(3, 9))).toBe(false)
  })
  it('says what it means for the task', () => {
    const slow = changesIn(edit)
    expect(effectOf(slow, bot(2, 12).bot)).toContain('restarts')
    expect(effectOf(slow, bot(2, 12, { desired: 'STOPPED', observed: 'STOPPED' }).bot)).toContain('when it is started')
    expect(effectOf([{ path: ['labels', 'x'], before: undefined, after: '1' }], bot(2, 12).bot)).toContain('nothing restarts')
  })
})
