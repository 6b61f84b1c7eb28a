/** Sends commands and reports their outcome: one notice that begins with what is asked and ends with what happened. */
import { notifications } from '@mantine/notifications'
import { api, bodyOf, idempotent, type Schemas } from '../api/client'
import { asProblem } from '../api/problems'
import type { Action } from './harm'
import { operations, type Tracked } from './operations'

export type Direct = Exclude<Action, 'halt' | 'unhalt' | 'delete'>
export type StopOptions = Partial<Pick<Schemas['StopBody'], 'orders' | 'positions' | 'timeout_s'>>

/** What the notice of a command says while it is under way and once it is done: `Starting`, `started`. */
export type Deed = readonly [doing: string, done: string]

const DOING: Record<Action, Deed> = {
  start: ['Starting', 'started'],
  stop: ['Stopping', 'stopped'],
  restart: ['Restarting', 'restarted'],
  pause: ['Pausing', 'paused'],
  resume: ['Resuming', 'resumed'],
  reset: ['Resetting', 'reset'],
  flatten: ['Flattening', 'flattened'],
  halt: ['Halting', 'halted'],
  unhalt: ['Lifting the halt of', 'no longer halted'],
  delete: ['Deleting', 'deleted'],
}

/** Send one bot a command and follow it to its end. Never throws: whatever goes wrong is shown. */
export async function command(id: string, action: Direct, reason: string, options: StopOptions = {}): Promise<void> {
  await report(action, id, async () => {
    const path = `/api/v1/bots/{bot_id}/${action}` as '/api/v1/bots/{bot_id}/start'
    const params = { path: { bot_id: id }, header: idempotent() } // no wait: the operation tells how it ended
    const result = await bodyOf(api.POST(path, { params, body: { reason, ...(action === 'stop' ? options : {}) } }))
    if (result.operation_id == null) return undefined
    return operations.follow(result.operation_id, `${DOING[action][0]} ${id}`)
  })
}

/** Send many bots a command as one tracked operation. */
export async function commandMany(ids: readonly string[], action: Exclude<Action, 'delete'>, reason: string, options: StopOptions = {}): Promise<void> {
  const whom = `${ids.length} bots`
  await report(action, whom, async () => {
    const body = { action, ids: [...ids], reason, ...(action === 'stop' ? { options } : {}) } as Schemas['OperationBody']
    const begun = await bodyOf(api.POST('/api/v1/operations', { params: { header: idempotent() }, body }))
    return operations.follow(begun.id, `${DOING[action][0]} ${whom}`, begun)
  })
}

/** Halt, or lift the halt of, everything, an account or a bot. Answered at once: the gate closes before the answer. */
export async function halt(action: 'halt' | 'unhalt', scope: { bot_id?: string; account?: string }, reason: string): Promise<void> {
  const whom = scope.bot_id ?? (scope.account === undefined ? 'everything' : `account ${scope.account}`)
  await report(action, whom, async () => {
    const params = { header: idempotent() }
    if (action === 'halt') await bodyOf(api.POST('/api/v1/halt', { params, body: { reason, flatten: false, ...scope } }))
    else await bodyOf(api.POST('/api/v1/unhalt', { params, body: { reason, ...scope } }))
    return undefined
  })
}

/** Show that something is being done, do it, and show how it ended. */
export async function report(action: Action | Deed, whom: string, perform: () => Promise<Tracked | undefined>): Promise<void> {
  const [doing, done] = typeof action === 'string' ? DOING[action] : action
  const notice = notifications.show({ loading: true, title: `${doing} ${whom}`, message: 'Asked; waiting for the outcome…', autoClose: false, withCloseButton: true })
  try {
    const outcome = await perform()
    if (outcome?.state === 'failed') throw new Error(whyFailed(outcome))
    notifications.update({ id: notice, loading: false, color: 'teal', title: `${whom}: ${done}`, message: outcome === undefined ? 'Done.' : summary(outcome), autoClose: 5000 })
  } catch (error) {
    const problem = asProblem(error)
    const title = `${doing} ${whom} failed`
    notifications.update({ id: notice, loading: false, color: 'red', title, message: problem.message, autoClose: false })
  }
}

function summary({ done, total, failed }: Tracked): string {
  return total > 1 ? `${done} of ${total} done${failed > 0 ? `, ${failed} failed` : ''}.` : 'Done.'
}

/** Return why an operation failed: the first reasons by bot. */
export function whyFailed({ errors, failed, total }: Pick<Tracked, 'errors' | 'failed' | 'total'>): string {
  const reasons = Object.entries(errors ?? {})
  const first = reasons.slice(0, 3).map(([id, why]) => (total > 1 ? `${id}: ${why}` : why))
  const more = reasons.length > 3 ? ` … and ${reasons.length - 3} more` : ''
  return `${total > 1 ? `${failed} of ${total} failed. ` : ''}${first.join(' ')}${more}` || 'It failed; its events say why.'
}
