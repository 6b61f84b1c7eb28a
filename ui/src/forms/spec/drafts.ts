/** Specs in the making: what a new bot begins with, a free id, another strategy's parameters. Pure. */
import { isList, isObject, without, type Json, type JsonObject } from '../json'
import type { Named } from '../schema'

const LONGEST = 64

/** Return an id that no bot has: `wanted`, or `wanted-2`, `wanted-3` … */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const clean = wanted.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'bot'
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? '' : `-${number}`
    const id = `${clean.slice(0, LONGEST - end.length).replace(/-+$/, '')}${end}`
    if (!taken.has(id)) return id
  }
}

/** Return what a bot would be called: its strategy and the base of its first instrument. */
export function nameOf(spec: JsonObject): string {
  const work = [spec.main, spec.strategy].find((each) => typeof each === 'string' && each !== '')
  const short = typeof work === 'string' ? (work.split(/[.:]/).at(-1) ?? work) : 'bot'
  const first = isList(spec.instruments) ? spec.instruments[0] : isObject(spec.instruments) ? spec.instruments.quote : undefined
  return typeof first === 'string' ? `${short}-${first.split('/')[0] ?? ''}` : short
}

/** The quote currency of what a bot trades: what its capital is in; "" while nothing is chosen. */
export function currencyOf(instruments: Json | undefined): string {
  if (isObject(instruments)) return typeof instruments.quote === 'string' ? instruments.quote : ''
  const first = isList(instruments) ? instruments[0] : undefined
  return typeof first === 'string' ? (/\/([^:]+)/.exec(first)?.[1] ?? '') : ''
}

/** The part of some parameters that another strategy has too. */
export function carriedOver(params: Json | undefined, fields: readonly Named[]): JsonObject {
  const known = new Set(fields.map(({ name }) => name))
  return Object.fromEntries(Object.entries(isObject(params) ? params : {}).filter(([name]) => known.has(name)))
}

/** Return the spec with another strategy (or main) and the parameters that go with it. */
export function withWork(spec: JsonObject, kind: 'strategy' | 'main', name: string, params: Json): JsonObject {
  return { ...without(spec, 'strategy', 'main'), [kind]: name, params }
}

/** A copy of a bot's spec without its id: all else stays, known to this form or not. */
export const copyOf = (spec: JsonObject): JsonObject => without(spec, 'id')

const SECRET = /secret|password|passphrase|token|api_?key|private_?key/i

/** Return a value without what may be secret by its name, or by what its strategy says of it. */
export function withoutSecrets(value: Json, secret: ReadonlySet<string> = new Set()): Json {
  if (isList(value)) return value.map((each) => withoutSecrets(each, secret))
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([name]) => !SECRET.test(name) && !secret.has(name))
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutSecrets(each, secret)]))
}

/** A strategy as far as switching to it needs: its name and its parameters' fields. */
export interface Known {
  name: string
  fields: readonly Named[]
}

/** Parameters that were left behind with another strategy, to be found again when it is chosen again. */
export type Kept = Readonly<Record<string, JsonObject>>

/** Return the spec with the strategy `name`: its parameters as they were left, or what they share with those of now. */
export function switched(spec: JsonObject, name: string, known: readonly Known[], kept: Kept): { spec: JsonObject; kept: Kept } {
  const params = isObject(spec.params) ? spec.params : {}
  const left = typeof spec.strategy === 'string' && known.some((each) => each.name === spec.strategy) ? { ...kept, [spec.strategy]: params } : kept
  const next = known.find((each) => each.name === name)
  // A name that is not known (yet: it is being typed) keeps what there is.
  return { spec: withWork(spec, 'strategy', name, next === undefined ? params : (left[name] ?? carriedOver(params, next.fields))), kept: left }
}
