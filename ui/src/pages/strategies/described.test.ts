import { describe, expect, it } from 'vitest'
import { fieldsOf } from '../../forms/schema'
import { described, reflowed } from './described'

const rows = fieldsOf({
  required: ['needed'],
  properties: {
    needed: { type: 'integer', minimum: 1 },
    maybe: { anyOf: [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, { type: 'null' }], default: null, description: 'A fraction' },
    wait_s: { type: 'number', default: 1 },
    band: { type: 'object', properties: { on: { type: 'boolean', default: true } }, default: { on: true } },
  },
}).flatMap((each) => described(each))

describe('parameters in words', () => {
  it('say type, default, limits, meaning', () =>
    expect(rows.slice(0, 3)).toEqual([
      { name: 'needed', type: 'whole number', fallback: 'must be given', limits: 'at least 1', meaning: '–' },
      { name: 'maybe', type: 'number, or none', fallback: 'none', limits: 'more than 0, less than 1', meaning: 'A fraction' },
      { name: 'wait_s', type: 'number', fallback: '1', limits: '–', meaning: '(s)' },
    ]))
  it('name what lies within a group by its path', () => expect(rows.at(-1)).toMatchObject({ name: 'band.on', type: 'yes or no', fallback: 'true' }))
  it('keep paragraphs and no editor line breaks', () => expect(reflowed('One.\n\nTwo\n  goes on.')).toBe('One.\n\nTwo goes on.'))
})
