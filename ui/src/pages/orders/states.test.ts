import { describe, expect, it } from 'vitest'
import { isInDoubt, statesAsked, tabOf } from './states'

describe('what the orders page asks for', () => {
  it('is what works, unless another tab or one state is named', () => {
    expect(statesAsked(tabOf(undefined), undefined)).toEqual(['open'])
    expect(statesAsked(tabOf('history'), undefined)).toBeUndefined()
    expect(statesAsked('working', 'UNKNOWN')).toEqual(['UNKNOWN'])
  })
  it('does not look for ended orders among the working ones, nor for a state that there is not', () => {
    expect(statesAsked('working', 'FILLED')).toEqual(['open'])
    expect(statesAsked('history', 'FILLED')).toEqual(['FILLED'])
    expect(statesAsked('history', 'nonsense')).toBeUndefined()
    expect(tabOf('nonsense')).toBe('working')
  })
})

describe('doubt', () => {
  const at = Date.parse('2026-01-01T00:01:30Z')
  const order = (state: 'UNKNOWN' | 'SENDING' | 'ACKED', updated: string) => ({ state, updated_at: updated })
  it('is an unknown outcome, or a send that takes long', () => {
    expect(isInDoubt(order('UNKNOWN', '2026-01-01T00:01:30Z'), at)).toBe(true)
    expect(isInDoubt(order('SENDING', '2026-01-01T00:00:00Z'), at)).toBe(true)
    expect(isInDoubt(order('SENDING', '2026-01-01T00:01:29Z'), at)).toBe(false)
    expect(isInDoubt(order('ACKED', '2026-01-01T00:00:00Z'), at)).toBe(false)
  })
})
