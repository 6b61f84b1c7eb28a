import { describe, expect, it } from 'vitest'
import type { BotRow } from '../../../live/rows'
import { troublesOf } from './trouble'

const bot = (changes: Partial<BotRow>): BotRow => ({ observed: 'RUNNING', error: null, errorClass: null, restarts: 2, unresolved: 0, uncancelled: 0, ...changes } as BotRow)

describe('troubles', () => {
  it('are none of a healthy bot, even where it crashed once', () => expect(troublesOf(bot({ error: 'ValueError: old' }))).toEqual([]))
  it('say why it failed and what to do', () => {
    const [failed] = troublesOf(bot({ observed: 'FAILED', error: 'ValueError: no', errorClass: 'programming' }))
    expect(failed).toMatchObject({ reason: 'ValueError: no', hasLog: true })
    expect(failed?.next).toMatch(/strategy’s code.*start it/)
  })
  it('count the restart that is coming', () => expect(troublesOf(bot({ observed: 'BACKOFF' }))[0]?.next).toContain('number 3'))
  it('do not come and go with each order that is sent', () => expect(troublesOf(bot({ unresolved: 1, unresolvedSince: 9000 }), 10_000)).toEqual([]))
  it('stand beside each other', () => expect(troublesOf(bot({ observed: 'FAILED', unresolved: 1, uncancelled: 2 })).map(({ kind }) => kind)).toEqual(['failed', 'unresolved', 'uncancelled']))
})
