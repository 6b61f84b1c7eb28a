import { describe, expect, it } from 'vitest'
import { harmWith } from './ask'
import { harmOf } from './harm'

const target = { ids: ['a'], modes: ['paper' as const], withPositions: 1 }
const question = {
  harm: harmOf('stop', target),
  choices: [{ name: 'positions', label: 'Positions', options: [{ value: 'hold', label: 'Hold' }, { value: 'flatten', label: 'Close', harm: harmOf('flatten', target) }] }],
}

describe('what is chosen with a command', () => {
  it('is no worse than the command where it says nothing of its own', () => expect(harmWith(question, { positions: 'hold' }).confirm).toBe('click'))
  it('wants a word typed where a stop closes positions at the market', () => expect(harmWith(question, { positions: 'flatten' })).toMatchObject({ confirm: 'typed', phrase: 'flatten' }))
})
