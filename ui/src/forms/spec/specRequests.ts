/** Specs on their way to the service and back. */
import { api, bodyOf, idempotent, taggedBodyOf, type Bot, type Schemas } from '../../api/client'
import { ApiProblem } from '../../api/problems'
import type { Fault } from '../check'
import type { JsonObject } from '../json'

/** A bot with the entity tag that a change of it must show. */
export interface Tagged {
  bot: Bot
  etag: string
}

const asSpec = (spec: JsonObject): Schemas['BotSpec'] => spec as unknown as Schemas['BotSpec']
export const specOf = (bot: Bot): JsonObject => bot.spec as JsonObject

export async function readBot(id: string): Promise<Tagged> {
  const { body, etag } = await taggedBodyOf(api.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id: id } } }))
  return { bot: body, etag }
}

/** Ask what there is to say about a spec; nothing is stored. `replace`: the bot is there, and would get it. */
export const checkSpec = (spec: JsonObject, replace: boolean): Promise<Schemas['SpecCheck']> =>
  bodyOf(api.POST('/api/v1/bots/check', { params: { query: { replace } }, body: asSpec(spec) }))

export const createBot = (spec: JsonObject, reason: string): Promise<Bot> =>
  bodyOf(api.POST('/api/v1/bots', { params: { query: { reason }, header: idempotent() }, body: asSpec(spec) }))

/** Give a bot another spec, unless it was commanded or changed since `etag` (412). */
export async function saveSpec(id: string, spec: JsonObject, etag: string, reason: string): Promise<Tagged> {
  const params = { path: { bot_id: id }, query: { reason }, header: { 'If-Match': etag } }
  const { body, etag: next } = await taggedBodyOf(api.PUT('/api/v1/bots/{bot_id}', { params, body: asSpec(spec) }))
  return { bot: body, etag: next }
}

/** The faults of a refusal, for the fields; undefined where it is about something else than a field. */
export function faultsOfProblem(problem: ApiProblem): Fault[] | undefined {
  if (problem.code === 'bot_exists') return [{ loc: ['id'], message: problem.message }]
  return problem.fields.length > 0 ? problem.fields.map(({ loc, message }) => ({ loc, message })) : undefined
}
export const isConflict = (error: unknown): boolean => error instanceof ApiProblem && error.status === 412
