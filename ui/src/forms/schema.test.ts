import { describe, expect, it } from 'vitest'
import { fieldOf, fieldsOf, labelOf } from './schema'
import type { JsonObject } from './json'

const RICH: JsonObject = {
  $defs: {
    Band: { type: 'object', title: 'Band', properties: { width: { type: 'number', default: 0.1, exclusiveMinimum: 0, exclusiveMaximum: 1 }, on: { type: 'boolean', default: true } } },
    Side: { type: 'string', enum: ['both', 'long'], title: 'Side' },
    Loop: { type: 'object', properties: { next: { $ref: '#/$defs/Loop' } } },
  },
  type: 'object',
  required: ['needed'],
  properties: {
    stop_loss: { anyOf: [{ exclusiveMinimum: 0, exclusiveMaximum: 1, type: 'number' }, { type: 'null' }], default: null, title: 'Stop Loss', description: 'Exit this fraction below' },
    needed: { type: 'integer', minimum: 1, title: 'Needed' },
    budget: { anyOf: [{ exclusiveMinimum: 0, type: 'number' }, { type: 'string', pattern: '^x' }], default: '12.5', title: 'Budget' },
    side: { $ref: '#/$defs/Side', default: 'both' },
    maybe: { anyOf: [{ $ref: '#/$defs/Band' }, { type: 'null' }], default: null },
    weights: { type: 'array', items: { type: 'number' }, default: [0.5], maxItems: 5 },
    bands: { type: 'array', items: { $ref: '#/$defs/Band' }, default: [] },
    table: { type: 'object', additionalProperties: { type: 'number' }, default: {} },
    either: { anyOf: [{ type: 'integer' }, { type: 'string' }], default: 3 },
    spacing: { type: 'number', title: 'Spacing (bp)', default: 15 },
    wait_s: { type: 'number', default: 1, title: 'Wait S' },
    key: { type: 'string', format: 'password', writeOnly: true },
    agree: { type: 'boolean' },
    loop: { $ref: '#/$defs/Loop' },
    old: { type: ['integer', 'null'], default: null },
    one: { anyOf: [{ const: 'a' }, { const: 'b' }] },
  },
}
const fields = Object.fromEntries(fieldsOf(RICH).map((each) => [each.name, each]))
const field = (name: string) => fields[name]?.field

describe('fields of a schema', () => {
  it('takes null out of a number that may be none', () => expect(field('stop_loss')).toMatchObject({ kind: 'number', nullable: true, fallback: null, exclusiveMaximum: 1, description: 'Exit this fraction below' }))
  it('knows what must be given', () => expect([fields.needed?.isRequired, fields.side?.isRequired]).toEqual([true, false]))
  it('reads a number or digits as a decimal', () => expect(field('budget')).toMatchObject({ kind: 'decimal', exclusiveMinimum: 0, fallback: '12.5' }))
  it('follows references, with what stands beside them, and not their class name', () => expect(field('side')).toMatchObject({ kind: 'choice', options: ['both', 'long'], fallback: 'both', label: 'Side' }))
  it('follows references within alternatives', () => expect(field('maybe')).toMatchObject({ kind: 'group', nullable: true, label: 'Maybe' }))
  it('draws lists of plain values', () => expect(field('weights')).toMatchObject({ kind: 'list', item: { kind: 'number' }, maxItems: 5 }))
  it.each(['bands', 'table', 'either'])('leaves %s to JSON', (name) => expect(field(name)?.kind).toBe('free'))
  it('finds units in titles and names', () => expect([field('spacing'), field('wait_s')]).toMatchObject([{ unit: 'bp', label: 'Spacing' }, { unit: 's', label: 'Wait' }]))
  it('knows secrets', () => expect(field('key')).toMatchObject({ kind: 'text', isSecret: true }))
  it('lets a flag without default be chosen', () => expect(field('agree')).toMatchObject({ kind: 'choice', options: [true, false] }))
  it('reads a list of types', () => expect(field('old')).toMatchObject({ kind: 'number', isInteger: true, nullable: true }))
  it('reads alternatives of constants as a choice', () => expect(field('one')).toMatchObject({ kind: 'choice', options: ['a', 'b'] }))
  it('ends where a schema refers to itself', () => expect(field('loop')?.kind).toBe('group'))
  it('draws nothing where there is nothing', () => expect(fieldsOf(null)).toEqual([]))
  it('leaves what it does not know to JSON', () => expect(fieldOf('x', {}).kind).toBe('free'))
  it('keeps a title that says more than the name', () => expect([labelOf('w', 'Width of it'), labelOf('allow_short', 'Allow Short')]).toEqual(['Width of it', 'Allow short']))
})
