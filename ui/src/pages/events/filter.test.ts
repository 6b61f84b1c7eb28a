import { describe, expect, it } from 'vitest'
import { fieldOf, kindsOf, momentOf, queryOf, streamOf, wordOf } from './filter'

describe('the filter of the journal', () => {
  it('is audit and lifecycle unless kinds are named', () => {
    expect(kindsOf(undefined)).toEqual(['command', 'bot.state', 'error', 'system'])
    expect(kindsOf('fill,nonsense')).toEqual(['fill'])
    expect(wordOf(['system', 'error', 'bot.state', 'command'])).toBeUndefined()
    expect(wordOf(['fill'])).toBe('fill')
    expect(kindsOf(wordOf([]))).toHaveLength(4)
  })
  it('asks for what the address says and leaves out what is no moment', () => {
    const query = queryOf({ kinds: 'error', bot: 'b1', actor: 'ada', since: 'yesterday', until: '2026-01-01T00:00:00.000Z' })
    expect(query).toEqual({ kinds: 'error', bots: 'b1', q: '', actor: 'ada', until: '2026-01-01T00:00:00.000Z' })
  })
  it('listens for orders and fills only where they are shown', () => {
    expect(streamOf(['command'])).not.toContain('fill')
    expect(streamOf(['command', 'fill'])).toContain('fill')
  })
})

describe('moments in fields', () => {
  it('are read and written in the same zone', () => {
    expect(momentOf('2026-03-01T12:30', 'utc')).toBe('2026-03-01T12:30:00.000Z')
    for (const zone of ['utc', 'local'] as const) expect(fieldOf(momentOf('2026-03-01T12:30:05', zone), zone)).toBe('2026-03-01T12:30:05')
    expect(momentOf('', 'utc')).toBeUndefined()
    expect(fieldOf('nonsense', 'utc')).toBe('')
  })
})
