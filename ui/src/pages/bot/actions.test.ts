import { describe, expect, it } from 'vitest'
import type { BotRow } from '../../live/rows'
import { offerOf, scopeWords } from './actions'

const bot = (changes: Partial<BotRow>): BotRow => (
  { id: 'b', desired: 'RUNNING', observed: 'RUNNING', tradingState: 'ACTIVE', haltedBy: [], openPositions: 0, workingOrders: 0, ...changes } as BotRow
)

describe('what is offered', () => {
  it('is to stop and pause what runs', () => expect(offerOf(bot({})).first).toEqual(['stop', 'pause']))
  it('is to resume what is paused', () => expect(offerOf(bot({ tradingState: 'REDUCING' })).first).toContain('resume'))
  it('is to start what is stopped', () => expect(offerOf(bot({ desired: 'STOPPED', observed: 'STOPPED' })).first).toEqual(['start']))
  it('is to start or reset what failed', () => expect(offerOf(bot({ observed: 'FAILED' })).first).toEqual(['start', 'reset']))
  it('is only to reset what is in quarantine', () => expect(offerOf(bot({ observed: 'QUARANTINED' })).first).toEqual(['reset']))
  it('is to stop what backs off, so that it is not restarted', () => expect(offerOf(bot({ observed: 'BACKOFF' })).first).toContain('stop'))
  it('is to flatten only what has something to close', () => {
    expect(offerOf(bot({})).more).not.toContain('flatten')
    expect(offerOf(bot({ openPositions: 1 })).more).toContain('flatten')
  })
  it('is to lift only its own halt: the others are not this bot’s', () => {
    expect(offerOf(bot({ tradingState: 'HALTED', haltedBy: ['bot:b'] })).more).toContain('unhalt')
    expect(offerOf(bot({ tradingState: 'HALTED', haltedBy: ['system'] })).more).toContain('halt')
  })
})

describe('what closed the gate', () => {
  it('is told in words', () => expect(['system', 'account:my:sim', 'bot:b'].map(scopeWords)).toEqual(['everything is halted', 'account my:sim is halted', 'this bot is halted']))
})
