/** From JSON schema to the fields of a form. What no field can draw becomes one that takes JSON as it is. */
import { isList, isObject, same, without, type Json, type JsonObject } from './json'

interface Common {
  label: string
  description: string
  /** What its number counts, where the schema says so; "" else. */
  unit: string
  /** Whether `null` may be written. */
  nullable: boolean
  /** What holds where nothing is written; undefined where there is no default. */
  fallback: Json | undefined
}
export interface Limits {
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
}
export type NumberField = Common & Limits & { kind: 'number'; isInteger: boolean }
/** A number of unlimited digits, written as a string. */
export type DecimalField = Common & Limits & { kind: 'decimal' }
export type TextField = Common & { kind: 'text'; minLength?: number; maxLength?: number; pattern?: string; isSecret: boolean }
export type FlagField = Common & { kind: 'flag' }
export type ChoiceField = Common & { kind: 'choice'; options: readonly Json[] }
export type ListField = Common & { kind: 'list'; item: Field; minItems?: number; maxItems?: number; isUnique: boolean }
export type GroupField = Common & { kind: 'group'; fields: readonly Named[] }
export type FreeField = Common & { kind: 'free'; type: string }
export type Field = NumberField | DecimalField | TextField | FlagField | ChoiceField | ListField | GroupField | FreeField
export interface Named {
  name: string
  isRequired: boolean
  field: Field
}

const DEEPEST = 5 // a schema may refer to itself
const LISTABLE: readonly Field['kind'][] = ['number', 'decimal', 'text', 'choice']

/** Return the fields of an object's schema, in its order; none where it has no properties. */
export function fieldsOf(schema: JsonObject | null | undefined): Named[] {
  return schema == null ? [] : namedOf(schema, schema, 0)
}

/** Return the field of one value's schema; `name` is what it is called where it has no title. */
export function fieldOf(name: string, schema: Json, root: JsonObject = isObject(schema) ? schema : {}): Field {
  return read(name, schema, root, 0)
}

function namedOf(schema: JsonObject, root: JsonObject, depth: number): Named[] {
  const required = isList(schema.required) ? schema.required : []
  return Object.entries(isObject(schema.properties) ? schema.properties : {})
    .map(([name, each]) => ({ name, isRequired: required.includes(name), field: read(name, each, root, depth) }))
}

function read(name: string, given: Json, root: JsonObject, depth: number): Field {
  const { schema, nullable } = withoutNull(resolved(given, root), root)
  const common: Common = {
    label: labelOf(name, schema.title),
    description: textOf(schema.description),
    unit: unitOf(name, schema),
    nullable,
    fallback: isObject(given) && given.default !== undefined ? given.default : schema.default,
  }
  return depth > DEEPEST ? { ...common, kind: 'free', type: textOf(schema.type) } : shaped(name, schema, root, common, depth)
}

function shaped(name: string, schema: JsonObject, root: JsonObject, common: Common, depth: number): Field {
  const options = optionsOf(schema, root)
  if (options !== undefined) return { ...common, kind: 'choice', options }
  const decimal = decimalOf(schema, root)
  if (decimal !== undefined) return { ...common, ...limitsOf(decimal), kind: 'decimal' }
  switch (schema.type) {
    case 'integer':
    case 'number':
      return { ...common, ...limitsOf(schema), kind: 'number', isInteger: schema.type === 'integer' }
    case 'boolean':
      // A switch always shows one of two; what must be said and has no default is chosen instead.
      return common.fallback === undefined || common.nullable ? { ...common, kind: 'choice', options: [true, false] } : { ...common, kind: 'flag' }
    case 'string':
      return { ...common, ...numbersOf(schema, ['minLength', 'maxLength']), ...patternOf(schema), kind: 'text', isSecret: schema.format === 'password' || schema.writeOnly === true }
    case 'array':
      return listOf(name, schema, root, common, depth)
    case 'object':
      if (isObject(schema.properties) && Object.keys(schema.properties).length > 0) return { ...common, kind: 'group', fields: namedOf(schema, root, depth + 1) }
      return { ...common, kind: 'free', type: 'object' }
    default:
      return { ...common, kind: 'free', type: textOf(schema.type) }
  }
}

function listOf(name: string, schema: JsonObject, root: JsonObject, common: Common, depth: number): Field {
  const item = read(name, schema.items ?? {}, root, depth + 1)
  const isPlain = LISTABLE.includes(item.kind) && !item.nullable && schema.prefixItems === undefined
  if (!isPlain) return { ...common, kind: 'free', type: 'array' }
  return { ...common, ...numbersOf(schema, ['minItems', 'maxItems']), kind: 'list', item, isUnique: schema.uniqueItems === true }
}

/** Follow `$ref` (into the same document) and an `allOf` of one; what stands beside them wins. */
function resolved(given: Json, root: JsonObject, depth = 0): JsonObject {
  if (!isObject(given) || depth > DEEPEST) return {}
  const { $ref, allOf } = given
  const beside = without(given, '$ref', 'allOf')
  if (typeof $ref === 'string') {
    const target = $ref.replace(/^#\//, '').split('/').reduce<Json | undefined>((at, step) => (isObject(at) ? at[step] : undefined), root)
    return { ...without(resolved(target ?? {}, root, depth + 1), 'title'), ...beside } // its title names the type, not this field
  }
  return isList(allOf) && allOf.length === 1 ? { ...resolved(allOf[0] ?? {}, root, depth + 1), ...beside } : given
}

function alternativesOf(schema: JsonObject, root: JsonObject): JsonObject[] {
  const given = schema.anyOf ?? schema.oneOf
  if (isList(given)) return given.map((each) => resolved(each, root))
  return isList(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : []
}

/** Take `null` out of the alternatives; where one is left, it is the schema. */
function withoutNull(schema: JsonObject, root: JsonObject): { schema: JsonObject; nullable: boolean } {
  const all = alternativesOf(schema, root)
  const rest = all.filter((each) => each.type !== 'null')
  const nullable = rest.length < all.length
  const [only, ...others] = rest
  if (only === undefined) return { schema, nullable }
  const beside = without(schema, 'anyOf', 'oneOf')
  if (others.length === 0) return { schema: { ...only, ...beside, ...(isList(beside.type) ? { type: only.type ?? '' } : {}) }, nullable }
  return { schema: { ...beside, anyOf: rest }, nullable }
}

/** Return the values that may be chosen, of an enum, a constant, or alternatives that are all one of these. */
function optionsOf(schema: JsonObject, root: JsonObject): readonly Json[] | undefined {
  if (isList(schema.enum)) return schema.enum.filter((each) => each !== null)
  if (schema.const !== undefined) return [schema.const]
  const each = alternativesOf(schema, root).map((alternative) => optionsOf(alternative, root))
  const all = each.flatMap((options) => options ?? [])
  return each.length > 0 && each.every((options) => options !== undefined) ? all.filter((one, place) => all.findIndex((other) => same(one, other)) === place) : undefined
}

/** Return the number's half of "a number, or a string of digits": how a decimal is described. */
function decimalOf(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  const [number, string, ...others] = [...alternativesOf(schema, root)].sort((a, b) => textOf(a.type).localeCompare(textOf(b.type)))
  return others.length === 0 && number?.type === 'number' && string?.type === 'string' ? number : undefined
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const limitsOf = (schema: JsonObject): Limits => numbersOf(schema, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'])
const patternOf = (schema: JsonObject): { pattern?: string } => (typeof schema.pattern === 'string' ? { pattern: schema.pattern } : {})

function numbersOf<Name extends string>(schema: JsonObject, names: readonly Name[]): Partial<Record<Name, number>> {
  return Object.fromEntries(names.flatMap((name) => (typeof schema[name] === 'number' ? [[name, schema[name]]] : []))) as Partial<Record<Name, number>>
}

/** The unit of a number: said by the schema, in brackets at the end of its title, or by the end of its name. */
function unitOf(name: string, schema: JsonObject): string {
  const bracketed = /\(([^()]{1,12})\)$/.exec(textOf(schema.title))?.[1]
  const suffix = /_(s|ms|bp|pct)$/.exec(name)?.[1]
  return textOf(schema.unit) || (bracketed ?? (suffix === 'pct' ? '%' : suffix) ?? '')
}

/** A title that only repeats the name in capitals ("Time Limit S") reads as words ("Time limit"); a title of its own stays. */
export function labelOf(name: string, title?: Json): string {
  const words = name.replace(/_(s|ms|bp|pct)$/, '').replaceAll('_', ' ').trim()
  const isOwn = typeof title === 'string' && title !== '' && title.toLowerCase().replaceAll(' ', '_') !== name.toLowerCase()
  if (isOwn) return title.replace(/ \([^()]{1,12}\)$/, '')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
