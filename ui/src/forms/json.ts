/** JSON values by path: reading, changing without touching the original, comparing, naming. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}
export type Path = readonly (string | number)[]

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value)

/** Return what lies at a path; undefined where there is nothing. */
export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((at, step) => {
    if (isList(at)) return typeof step === 'number' ? at[step] : undefined
    return isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }, value)
}

/** Return an object with `value` at the path, or with nothing there where it is undefined. Objects on the way are made; the empty path is the object itself. */
export function withValueAt(object: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const [step, ...rest] = path
  if (step === undefined) return isObject(value) ? value : object
  const name = String(step)
  const inner = Object.hasOwn(object, name) ? object[name] : undefined
  const next = rest.length === 0 ? value : withValueAt(isObject(inner) ? inner : {}, rest, value)
  if (next !== undefined) return { ...object, [name]: next }
  return without(object, name)
}

/** Return an object without some of its names. */
export const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Whether two values say the same; the order of an object's names does not matter. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (isList(a) && isList(b)) return a.length === b.length && a.every((each, place) => same(each, b[place]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
}

/** How a path reads: `params.fast`, `feeds[0].timeframe`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '')

/** Return a value as one line: words as they are, lists of words with commas, all else as JSON. */
export function brief(value: Json | undefined): string {
  if (value === undefined) return '–'
  if (value === null) return 'none'
  if (typeof value === 'string') return value === '' ? '""' : value
  if (isList(value) && value.length > 0 && value.every((each) => typeof each !== 'object')) return value.map(String).join(', ')
  return JSON.stringify(value)
}
