import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isObject, type Json, type JsonObject } from '../json'
import { fieldsOf, type Field, type Named } from '../schema'
import { carriedOver, copyOf, currencyOf, freeId, nameOf, switched, withoutSecrets, withWork } from './drafts'
import { labelsOf, tagsOf } from './labels'
import { shownFields } from './shown'
import { specFaults } from './specCheck'
import { isMissing, standing } from './useSpecForm'
import { EVERY_S, FEEDS, INSTRUMENTS, LABEL, SELECTOR, SPEC } from './specSchema'

const schemas = (JSON.parse(readFileSync(new URL('../../../../openapi.json', import.meta.url), 'utf8')) as { components: { schemas: Record<string, JsonObject> } }).components.schemas
const documented = (name: string): Json => resolve(schemas[name] ?? {})

/** The document's references, written out. */
function resolve(value: Json): Json {
  if (Array.isArray(value)) return (value as Json[]).map(resolve)
  if (!isObject(value)) return value
  if (typeof value.$ref !== 'string') return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each)]))
  const { $ref, ...beside } = value
  return { ...(documented($ref.split('/').at(-1) ?? '') as JsonObject), ...beside }
}

/** What a field lets pass, without its words. */
function bounds(field: Field): unknown {
  const rest = { ...field, label: '', description: '', unit: '' }
  if (rest.kind === 'group') return { ...rest, fields: shape(rest.fields) }
  return rest.kind === 'list' ? { ...rest, item: bounds(rest.item), isUnique: undefined } : rest
}
const shape = (fields: readonly Named[]): unknown => Object.fromEntries(fields.map(({ name, field, isRequired }) => [name, { isRequired, ...(bounds(field) as object) }]))

describe("the form's limits", () => {
  const theirs = fieldsOf(documented('BotSpec') as JsonObject)
  const drawnByHand = ['params', 'instruments', 'feeds', 'cycle', 'labels']
  it('are those that the API documents', () => {
    const mine = fieldsOf(SPEC).map((each) => (each.name === 'strategy' || each.name === 'main' ? { ...each, field: { ...each.field, nullable: true } } : each))
    expect(shape(mine)).toEqual(shape(theirs.filter(({ name }) => !drawnByHand.includes(name))))
  })
  it('cover every field there is', () => expect([...fieldsOf(SPEC).map(({ name }) => name), ...drawnByHand].sort()).toEqual(theirs.map(({ name }) => name).sort()))
  it('are those of selectors, feeds, cycles, instruments and labels', () => {
    expect(shape(fieldsOf(SELECTOR))).toEqual(shape(fieldsOf(documented('Selector') as JsonObject)))
    expect(shape(fieldsOf(FEEDS))).toEqual(shape(fieldsOf(documented('Feed') as JsonObject)))
    const properties = (documented('BotSpec') as JsonObject).properties as Record<string, JsonObject>
    expect((properties.instruments?.anyOf as Json[])[0]).toMatchObject({ items: INSTRUMENTS.items, minItems: INSTRUMENTS.minItems, maxItems: INSTRUMENTS.maxItems })
    expect(Object.keys(properties.labels?.patternProperties as object)).toEqual([LABEL])
    const every = ((documented('Cycle') as JsonObject).properties as Record<string, JsonObject>).every_s?.anyOf as Json[]
    expect(every[0]).toMatchObject({ minimum: EVERY_S.minimum, maximum: EVERY_S.maximum })
  })
})

describe('faults of a spec', () => {
  const good = { id: 'a', strategy: 'grid', venue: 'sim', instruments: ['BTC/USDT'], params: {}, cycle: { on: 'candle' } }
  const said = (changes: JsonObject) => specFaults({ ...good, ...changes }, []).map(({ loc }) => loc.join('.'))
  it('are none where it is well', () => expect(said({})).toEqual([]))
  it.each<[JsonObject, string[]]>([
    [{ id: 'A b' }, ['id']], [{ instruments: [] }, ['instruments']], [{ instruments: ['btc'] }, ['instruments.0']], [{ instruments: { quote: 'USDT', top: 0 } }, ['instruments.top']],
    [{ cycle: { every_s: 0 } }, ['cycle.every_s']], [{ cycle: {} }, ['cycle.every_s']], [{ labels: { 'a b': 'x' } }, ['labels.a b']], [{ feeds: [{ timeframe: '9q' }] }, ['feeds.0.timeframe']],
    [{ capital: '0' }, ['capital']], [{ risk: { max_orders_per_minute: 0 } }, ['risk.max_orders_per_minute']], [{ strategy: null }, ['strategy']], [{ timeframe: '0m' }, ['timeframe']],
  ])('of %j are at %j', (changes, at) => expect(said(changes)).toEqual(expect.arrayContaining(at)))
  it('are told where nothing is written', () => expect(specFaults({}, []).map(({ loc }) => loc.join('.')).sort()).toEqual(['id', 'instruments', 'strategy', 'venue']))
})

describe('drafts', () => {
  it('find a free id that fits', () => {
    expect(freeId('ema_cross BTC', new Set())).toBe('ema-cross-btc')
    expect(freeId('a', new Set(['a', 'a-2']))).toBe('a-3')
    expect(freeId('x'.repeat(80), new Set(['x'.repeat(64)]))).toBe(`${'x'.repeat(62)}-2`)
    expect(freeId('…', new Set())).toBe('bot')
  })
  it('name a bot by its work and its instrument', () =>
    expect([nameOf({ strategy: 'grid', instruments: ['BTC/USDT'] }), nameOf({ main: 'my.pkg:run', instruments: { quote: 'USDT' } }), nameOf({})]).toEqual(['grid-BTC', 'run-USDT', 'bot']))
  it('tell the currency of the capital', () => expect([currencyOf(['BTC/EUR:EUR']), currencyOf({ quote: 'USDC' }), currencyOf([])]).toEqual(['EUR', 'USDC', '']))
  it('carry over what both strategies know', () => expect(carriedOver({ stop_loss: 0.1, fast: 3 }, fieldsOf({ properties: { stop_loss: { type: 'number' } } }))).toEqual({ stop_loss: 0.1 }))
  it('write either strategy or main', () => expect(withWork({ strategy: 'a', venue: 'v' }, 'main', 'b', {})).toEqual({ venue: 'v', main: 'b', params: {} }))
  it('copy everything but the id', () => expect(copyOf({ id: 'a', later: [1] })).toEqual({ later: [1] }))
  it('keep no secret', () => expect(withoutSecrets({ api_key: 'x', pin: '1', deep: [{ Password: 'y', size: 1 }] }, new Set(['pin']))).toEqual({ deep: [{ size: 1 }] }))
})

describe('switching strategies', () => {
  const known = [{ name: 'grid', fields: fieldsOf({ properties: { stop_loss: {}, levels: {} } }) }, { name: 'dca', fields: fieldsOf({ properties: { stop_loss: {}, gain: {} } }) }]
  const spec = { strategy: 'grid', params: { stop_loss: 0.1, levels: 3 }, later: 1 }
  it('keeps what both know, and finds the rest when it is switched back', () => {
    const there = switched(spec, 'dca', known, {})
    expect(there.spec).toEqual({ strategy: 'dca', params: { stop_loss: 0.1 }, later: 1 })
    expect(switched(there.spec, 'grid', known, there.kept).spec).toEqual(spec)
  })
  it('loses nothing while a name is typed', () => {
    const typing = switched(spec, 'gri', known, {})
    expect(typing.spec.params).toEqual(spec.params)
    expect(switched(typing.spec, 'grid', known, typing.kept).spec).toEqual(spec)
  })
})

describe('what a form shows', () => {
  it('is where its faults go, within groups that are set too', () => {
    const fields = fieldsOf({ properties: { band: { anyOf: [{ type: 'object', properties: { width: { type: 'number' } } }, { type: 'null' }], default: null } } })
    const paths = (params: JsonObject) => shownFields({ main: 'x', params, instruments: { quote: 'USDT' }, cycle: { every_s: 1 } }, fields).map((path) => path.join('.'))
    expect(paths({ band: {} })).toEqual(expect.arrayContaining(['main', 'params.band', 'params.band.width', 'instruments.top', 'cycle.every_s']))
    expect(paths({ band: null })).not.toContain('params.band.width')
    expect(paths({})).not.toContain('strategy')
  })
  it('says what is missing only when asked, and what is wrong at once', () => {
    const spec = { instruments: [], capital: '-1' }
    expect([['venue'], ['instruments'], ['capital']].map((loc) => isMissing(spec, { loc, message: '' }))).toEqual([true, true, false])
  })
  it('keeps what the service said until what it is about changes, or the browser says it too', () => {
    const fault = { loc: ['params', 'fast'], message: 'no' }
    const told = [{ fault, about: 3 }]
    expect(standing(told, { params: { fast: 3 }, capital: '1' }, [])).toEqual([fault])
    expect(standing(told, { params: { fast: 4 } }, [])).toEqual([])
    expect(standing(told, { params: { fast: 3 } }, [{ ...fault, message: 'mine' }])).toEqual([])
  })
})

describe('labels', () => {
  it('are tags, and back', () => expect(labelsOf(tagsOf({ team: 'x', a: 'b' }))).toEqual({ team: 'x', a: 'b' }))
  it('need no value; the last of a name stands', () => expect(labelsOf(['demo', 'a=1', ' a = 2 ', ''])).toEqual({ demo: 'true', a: '2' }))
})
