import { describe, expect, it } from 'vitest'
import { faultsOf, limitsText, numberOf } from './check'
import { changesOf, divergences, needsRestart, onTop, withChanges } from './diff'
import { placed } from './faults'
import { brief, type JsonObject, same, valueAt, withValueAt } from './json'
import { fieldOf, fieldsOf } from './schema'

const fields = fieldsOf({
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer', minimum: 2, maximum: 500 },
    step: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.2, default: 0.1 },
    money: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }], default: '1' },
    even: { type: 'integer', multipleOf: 2, default: 2 },
    word: { type: 'string', pattern: '^[a-z]+$', maxLength: 3, default: 'a' },
    side: { enum: ['a', 'b'], default: 'a' },
    maybe: { anyOf: [{ type: 'number' }, { type: 'null' }], default: null },
    list: { type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 2, uniqueItems: true, default: [1] },
    group: { type: 'object', properties: { deep: { type: 'integer', minimum: 1 } }, default: {} },
    on: { type: 'boolean', default: false },
    odd: { type: 'string', pattern: '(?P<x>a)', default: '' },
  },
})
const fault = (value: object) => faultsOf(fields, { n: 2, ...value }).map(({ loc, message }) => `${loc.join('.')} ${message}`)

describe('faults', () => {
  it('finds none where all is well, as numbers or as digits', () => expect(fault({ step: '0.1', money: '123456789012345678.5', list: [1, 2], maybe: null, odd: 'b' })).toEqual([]))
  it('misses what must be given', () => expect(faultsOf(fields, {})).toEqual([{ loc: ['n'], message: 'Must be given' }]))
  it.each([
    [{ n: 1 }, 'n Must be at least 2'], [{ n: 501 }, 'n Must be at most 500'], [{ n: 2.5 }, 'n Must be a whole number'], [{ n: '12x' }, 'n Must be a number'],
    [{ step: 0 }, 'step Must be more than 0'], [{ step: 0.2 }, 'step Must be less than 0.2'], [{ money: '0' }, 'money Must be more than 0'], [{ even: 3 }, 'even Must be a multiple of 2'],
    [{ word: 'A' }, 'word Must fit the pattern ^[a-z]+$'], [{ word: 'abcd' }, 'word Must have at most 3 characters'], [{ side: 'c' }, 'side Must be one of a, b'],
    [{ step: null }, 'step Must not be none'], [{ list: [] }, 'list Must name at least one'], [{ list: [1, 2, 3] }, 'list Must not name more than 2'],
    [{ list: [1, 1] }, 'list Names something twice'], [{ list: [1, 'x'] }, 'list.1 Must be a number'], [{ group: { deep: 0 } }, 'group.deep Must be at least 1'], [{ on: 'yes' }, 'on Must be yes or no'],
  ])('says of %j: %s', (value, said) => expect(fault(value)).toEqual([said]))
  it.each(['', ' ', '1e', '0x10', 'Infinity', '1,5', '--1'])('does not take %j for a number', (text) => expect(numberOf(text)).toBeUndefined())
  it.each([['1e3', 1000], [' .5 ', 0.5], ['-2.', -2]])('reads %j', (text, number) => expect(numberOf(text)).toBe(number))
  it('says limits in words', () => expect([limitsText(fieldOf('x', { type: 'integer', minimum: 2, maximum: 5 })), limitsText(fieldOf('x', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }))]).toEqual(['2 to 5', 'more than 0, less than 1']))
})

describe('places of faults', () => {
  const shown = [['params', 'weights'], ['risk', 'max_order_value'], ['instruments'], ['instruments', 'quote']]
  it('gives each to the deepest field on its way', () => {
    const { byField, rest } = placed([{ loc: ['params', 'weights', 1], message: 'no' }, { loc: ['instruments', 'quote'], message: 'bad' }, { loc: ['instruments', 0], message: 'unknown' }], shown)
    expect([...byField]).toEqual([['params.weights', ['[1]: no']], ['instruments.quote', ['bad']], ['instruments', ['[0]: unknown']]])
    expect(rest).toEqual([])
  })
  it('keeps the rest for the summary', () => expect(placed([{ loc: ['params', 'zz'], message: 'x' }, { loc: [], message: 'y' }, { loc: ['risk'], message: 'z' }], shown).rest).toHaveLength(3))
})

describe('values by path', () => {
  it('changes without touching the original, and keeps what it does not know', () => {
    const spec = { id: 'a', params: { x: 1 }, new_thing: { deep: [1] } }
    expect(withValueAt(spec, ['params', 'y'], 2)).toEqual({ id: 'a', params: { x: 1, y: 2 }, new_thing: { deep: [1] } })
    expect(withValueAt(spec, ['params', 'x'], undefined)).toEqual({ id: 'a', params: {}, new_thing: { deep: [1] } })
    expect(withValueAt(spec, ['risk', 'most'], '1')).toMatchObject({ risk: { most: '1' } })
    expect(spec.params).toEqual({ x: 1 })
  })
  it('compares whatever the order of names', () => expect([same({ a: 1, b: [2] }, { b: [2], a: 1 }), same({ a: 1 }, { a: '1' }), same([1, 2], [2, 1])]).toEqual([true, false, false]))
  it('does not take a prototype for a value', () => expect([valueAt({}, ['toString']), same({}, JSON.parse('{"__proto__": 1}') as JsonObject)]).toEqual([undefined, false]))
  it('is brief', () => expect([brief(undefined), brief(null), brief(['A/B', 'C/D']), brief({ a: 1 })]).toEqual(['–', 'none', 'A/B, C/D', '{"a":1}']))
})

describe('what differs', () => {
  const base = { id: 'a', params: { fast: 12, slow: 26 }, instruments: ['BTC/USDT'], labels: { team: 'x' } }
  const mine = { ...base, params: { fast: 10, slow: 26 }, labels: { team: 'x', desk: '1' } }
  const theirs = { ...base, params: { fast: 9, slow: 30 }, instruments: ['ETH/USDT'] }
  it('names each change by its path; lists are one value', () =>
    expect(changesOf(base, theirs)).toEqual([
      { path: ['params', 'fast'], before: 12, after: 9 }, { path: ['params', 'slow'], before: 26, after: 30 }, { path: ['instruments'], before: ['BTC/USDT'], after: ['ETH/USDT'] },
    ]))
  it('makes one of the other by them', () => expect(withChanges(base, changesOf(base, theirs))).toEqual(theirs))
  it('tells who changed what, and where both did', () =>
    expect(divergences(base, theirs, mine).map(({ path, by }) => `${path.join('.')} ${by}`)).toEqual(['params.fast both', 'params.slow theirs', 'instruments theirs', 'labels.desk mine']))
  it('is no clash where both changed to the same', () => expect(divergences(base, mine, mine).map(({ by }) => by)).toEqual(['alike', 'alike']))
  it('shows the outer of two changes in one place', () =>
    expect(divergences({ instruments: { quote: 'USDT' } }, { instruments: ['BTC/USDT'] }, { instruments: { quote: 'BTC' } }).map(({ path, by }) => [path, by])).toEqual([[['instruments'], 'both']]))
  it('puts mine on top of theirs: mine where both changed, theirs elsewhere', () =>
    expect(onTop(base, theirs, mine)).toEqual({ id: 'a', params: { fast: 10, slow: 30 }, instruments: ['ETH/USDT'], labels: { team: 'x', desk: '1' } }))
  it('needs no restart for labels alone', () => expect([needsRestart(changesOf(base, { ...base, labels: {} })), needsRestart(changesOf(base, mine))]).toEqual([false, true]))
})
