/** The typed client of the public API. Every answer is its body, or an ApiProblem is thrown. */
import createClient, { type Middleware } from 'openapi-fetch'
import { basePath } from './base'
import { problemOf, unreachable } from './problems'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Bot = Schemas['Bot']
export type Observed = Schemas['Observed']
export type Desired = Schemas['Desired']
export type TradingState = Schemas['TradingState']
export type Mode = Schemas['Mode']
export type Operation = Schemas['Operation']

export const api = createClient<paths>({ baseUrl: basePath.replace(/\/$/, ''), credentials: 'same-origin' })

const whenSignedOut = new Set<() => void>()
/** Call `listener` whenever the service says that nobody is signed in; return what ends that. */
export function onSignedOut(listener: () => void): () => void {
  whenSignedOut.add(listener)
  return () => whenSignedOut.delete(listener)
}

const watchSession: Middleware = {
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !schemaPath.endsWith('/session')) whenSignedOut.forEach((tell) => tell())
  },
  onError: () => unreachable(),
}
api.use(watchSession)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Return the body of an answer. Throws ApiProblem for everything that is not a success. */
export async function bodyOf<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (!response.ok) throw problemOf(response.status, error)
  return data as T
}

/** Return the body together with its entity tag: what `If-Match` wants when a spec is saved. */
export async function taggedBodyOf<T>(asked: Promise<Answer<T>>): Promise<{ body: T; etag: string }> {
  const answer = await asked
  return { body: await bodyOf(Promise.resolve(answer)), etag: answer.response.headers.get('etag') ?? '' }
}

/** The header that makes a POST safe to send again: the service answers a repetition with the first answer. */
export const idempotent = (): { 'Idempotency-Key': string } => ({ 'Idempotency-Key': uniqueKey() })

/** Return a random key. `crypto.randomUUID` exists on https and localhost only, and a dashboard may be reached by plain http in a LAN. */
function uniqueKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
