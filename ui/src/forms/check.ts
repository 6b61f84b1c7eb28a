/** What is wrong with a value, by its field: the same limits that the service has, said before anything is sent. */
import { isList, isObject, same, type Json, type JsonObject, type Path } from './json'
import type { Field, Limits, Named } from './schema'

export interface Fault {
  loc: Path
  message: string
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Return the number that a text says; undefined where it says none. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  const number = Number(trimmed)
  return NUMBER.test(trimmed) && Number.isFinite(number) ? number : undefined
}

/** Return every fault of the fields of an object; `at` is where it lies. */
export function faultsOf(fields: readonly Named[], value: JsonObject, at: Path = []): Fault[] {
  return fields.flatMap(({ name, field, isRequired }) => {
    const loc = [...at, name]
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined) return isRequired && field.fallback === undefined ? [{ loc, message: 'Must be given' }] : []
    return faults(field, given, loc)
  })
}

function faults(field: Field, value: Json, loc: Path): Fault[] {
  if (value === null) return field.nullable ? [] : [{ loc, message: 'Must not be none' }]
  if (field.kind === 'group') return isObject(value) ? faultsOf(field.fields, value, loc) : [{ loc, message: 'Must be an object' }]
  if (field.kind === 'list') return listFaults(field, value, loc)
  const message = fault(field, value)
  return message === undefined ? [] : [{ loc, message }]
}

function listFaults(field: Field & { kind: 'list' }, value: Json, loc: Path): Fault[] {
  if (!isList(value)) return [{ loc, message: 'Must be a list' }]
  const { minItems = 0, maxItems = Infinity, item } = field
  if (value.length < minItems) return [{ loc, message: minItems === 1 ? 'Must name at least one' : `Must name at least ${minItems}` }]
  if (value.length > maxItems) return [{ loc, message: `Must not name more than ${maxItems}` }]
  if (field.isUnique && value.some((each, place) => value.findIndex((other) => same(each, other)) < place)) return [{ loc, message: 'Names something twice' }]
  return value.flatMap((each, place) => faults(item, each, [...loc, place]))
}

function fault(field: Exclude<Field, { kind: 'group' | 'list' }>, value: Json): string | undefined {
  switch (field.kind) {
    case 'number':
    case 'decimal':
      return numberFault(field, value)
    case 'text':
      return textFault(field, value)
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'Must be yes or no'
    case 'choice':
      return field.options.some((each) => same(each, value)) ? undefined : `Must be one of ${field.options.map(String).join(', ')}`
    case 'free':
      return field.type === 'object' && !isObject(value) ? 'Must be an object' : field.type === 'array' && !isList(value) ? 'Must be a list' : undefined
  }
}

function numberFault(field: Limits & { kind: 'number' | 'decimal'; isInteger?: boolean }, value: Json): string | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : undefined
  if (number === undefined) return 'Must be a number'
  if (field.isInteger === true && !Number.isInteger(number)) return 'Must be a whole number'
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity, multipleOf } = field
  if (number < minimum) return `Must be at least ${minimum}`
  if (number > maximum) return `Must be at most ${maximum}`
  if (number <= exclusiveMinimum) return `Must be more than ${exclusiveMinimum}`
  if (number >= exclusiveMaximum) return `Must be less than ${exclusiveMaximum}`
  const steps = multipleOf === undefined ? 0 : number / multipleOf
  return Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps)) ? `Must be a multiple of ${multipleOf ?? 1}` : undefined
}

function textFault(field: Field & { kind: 'text' }, value: Json): string | undefined {
  if (typeof value !== 'string') return 'Must be text'
  const length = Array.from(value).length // code points, as the service counts
  if (length < (field.minLength ?? 0)) return field.minLength === 1 ? 'Must not be empty' : `Must have at least ${field.minLength ?? 0} characters`
  if (length > (field.maxLength ?? Infinity)) return `Must have at most ${field.maxLength ?? 0} characters`
  return field.pattern === undefined || fits(field.pattern, value) ? undefined : `Must fit the pattern ${field.pattern}`
}

/** Whether a text fits; a pattern in another dialect than the browser's is left to the service. */
function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true
  }
}

/** The limits of a field in words: `2 to 500`, `more than 0, less than 1`; "" where there are none. */
export function limitsText(field: Field): string {
  if (field.kind === 'list') return countText(field.minItems, field.maxItems)
  if (field.kind === 'choice') return field.options.map(String).join(' · ')
  if (field.kind === 'text') return [lengthText(field.minLength, field.maxLength), field.pattern ?? ''].filter(Boolean).join(', ')
  if (field.kind !== 'number' && field.kind !== 'decimal') return ''
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = field
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  const parts: [string, number | undefined][] = [['at least', minimum], ['more than', exclusiveMinimum], ['at most', maximum], ['less than', exclusiveMaximum], ['a multiple of', multipleOf]]
  return parts.filter(([, limit]) => limit !== undefined).map(([words, limit]) => `${words} ${limit ?? ''}`).join(', ')
}

const countText = (min?: number, max?: number): string => [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`].filter(Boolean).join(', ')
const lengthText = (min?: number, max?: number): string => (min === undefined && max === undefined ? '' : `${min ?? 0} to ${max ?? 'any number of'} characters`)
