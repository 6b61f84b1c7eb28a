import { describe, expect, it } from 'vitest'
import { fieldsOf } from '../../forms/schema'
import { copyDraft, draftOf, specToSend, storeDraft, storedDraft, type Draft } from './draft'

const known = [
  { name: 'grid', fields: fieldsOf({ properties: { stop_loss: { type: 'number' }, levels: { type: 'integer' } } }) },
  { name: 'dca', fields: fieldsOf({ properties: { stop_loss: { type: 'number' } } }) },
]
function storage() {
  const kept = new Map<string, string>()
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) }
}
const grid: Draft = { from: 'strategy:grid', spec: { strategy: 'grid', params: { stop_loss: 0.1, levels: 3 }, venue: 'sim', capital: '5' }, hasOwnId: false, kept: {} }

describe('a draft', () => {
  it('survives a reload, without secrets', () => {
    const tab = storage()
    storeDraft(tab, { ...grid, spec: { ...grid.spec, params: { api_key: 'x', pin: 1, levels: 3 } } }, new Set(['pin']))
    expect(storedDraft(tab)).toEqual({ ...grid, spec: { ...grid.spec, params: { levels: 3 } } })
  })
  it('is gone once its bot is made', () => {
    const tab = storage()
    storeDraft(tab, grid, new Set())
    storeDraft(tab, undefined, new Set())
    expect(storedDraft(tab)).toBeUndefined()
  })
  it.each(['{', '[]', '{"spec":1}', 'null'])('is none where %s is stored', (text) => expect(storedDraft({ ...storage(), getItem: () => text })).toBeUndefined())
  it('begins with the only venue', () => {
    expect(draftOf('grid', undefined, known, ['sim']).spec).toEqual({ strategy: 'grid', venue: 'sim', instruments: [], params: {} })
    expect(draftOf('grid', undefined, known, ['a', 'b']).spec.venue).toBeUndefined()
  })
  it('keeps what was typed when another strategy is picked, and finds its parameters when it comes back', () => {
    const dca = draftOf('dca', grid, known, [])
    expect(dca.spec).toMatchObject({ strategy: 'dca', params: { stop_loss: 0.1 }, venue: 'sim', capital: '5' })
    expect(draftOf('grid', dca, known, []).spec.params).toEqual({ stop_loss: 0.1, levels: 3 })
  })
  it('copies a bot with fields that this form does not know, and once only', () => {
    const copy = copyDraft('a', { id: 'a', strategy: 'grid', later: [1] }, grid)
    expect(copy.spec).toEqual({ strategy: 'grid', later: [1] })
    expect(copyDraft('a', { id: 'a' }, copy)).toBe(copy)
  })
  it('gets a free id until one is typed', () => {
    expect(specToSend(grid, new Set(['grid'])).id).toBe('grid-2')
    expect(specToSend(copyDraft('a', { id: 'a' }, undefined), new Set(['a'])).id).toBe('a-2')
    expect(specToSend({ ...grid, spec: { ...grid.spec, id: 'mine' }, hasOwnId: true }, new Set(['mine'])).id).toBe('mine')
  })
})
