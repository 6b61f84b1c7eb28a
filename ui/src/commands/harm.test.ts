import { describe, expect, it } from 'vitest'
import { harmOf, type Target } from './harm'

const paper: Target = { ids: ['a'], modes: ['paper'], withPositions: 0 }
const live: Target = { ids: ['a'], modes: ['live'], withPositions: 0 }

describe('the confirmation is proportional to the harm', () => {
  it('asks nothing before a paper bot is started', () => expect(harmOf('start', paper).confirm).toBe('none'))
  it('wants a word typed before real money is traded', () => {
    for (const action of ['start', 'restart', 'resume', 'unhalt'] as const) expect(harmOf(action, live)).toMatchObject({ confirm: 'typed', phrase: 'live' })
  })
  it('wants a word typed before anything is flattened, on paper too', () => expect(harmOf('flatten', paper)).toMatchObject({ confirm: 'typed', phrase: 'flatten' }))
  it('wants a word typed before everything is halted', () => expect(harmOf('halt', { ...paper, ids: 'all' })).toMatchObject({ confirm: 'typed', phrase: 'halt' }))
  it('wants the name typed before a bot is deleted', () => expect(harmOf('delete', paper).phrase).toBe('a'))
  it('asks once more where many are meant, or a position stays open', () => {
    expect(harmOf('start', { ...paper, ids: ['a', 'b'] }).confirm).toBe('click')
    expect(harmOf('stop', { ...paper, withPositions: 1 }).confirm).toBe('click')
    expect(harmOf('stop', live).confirm).toBe('click')
  })
  it('a live stop is never harder than a click: stopping must be quick', () => expect(harmOf('stop', { ...live, ids: 'all' }).confirm).toBe('click'))
})
