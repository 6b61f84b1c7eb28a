import { describe, expect, it } from 'vitest'
import { steadyUses, usesOf } from './uses'

const bots = [{ id: 'a', strategy: 'grid' }, { id: 'b', strategy: 'dca' }, { id: 'c', strategy: 'grid' }]

describe('uses of strategies', () => {
  it('name the bots of each', () => expect([...usesOf(bots)]).toEqual([['grid', ['a', 'c']], ['dca', ['b']]]))
  it('stay the same map while only figures change', () => {
    const uses = steadyUses()
    expect(uses(bots)).toBe(uses(bots.map((bot) => ({ ...bot, equity: 1 }))))
  })
  it('are others once a bot runs something else, comes or goes', () => {
    const uses = steadyUses()
    const first = uses(bots)
    expect(uses([{ id: 'a', strategy: 'dca' }, ...bots.slice(1)]).get('dca')).toEqual(['a', 'b'])
    expect(uses(bots.slice(1))).not.toBe(first)
  })
})
