/** Sends commands and reports their outcome: one notice that begins with what is asked and ends with what happened. */
import { notifications, notificationsStore } from '@mantine/notifications'
import { api, bodyOf, type idempotent, type Schemas } from '../api/client'
import { asProblem } from '../api/problems'
import type { Action } from './harm'
import { once, type Asking } from './once'
import { operations, type Tracked } from './operations'

export type Direct = Exclude<Action, 'halt' | 'unhalt' | 'delete'>
export type StopOptions = Partial<Pick<Schemas['StopBody'], 'orders' | 'positions' | 'timeout_s'>>

const MOST_NOTICES = 4 // as many as the screen shows: further ones would wait unseen

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
  await report(action, id, async (asking) => {
    const path = `/api/v1/bots/{bot_id}/${action}` as '/api/v1/bots/{bot_id}/start'
    const body = { reason, ...(action === 'stop' ? options : {}) }
    return carryOut((header) => bodyOf(api.POST(path, { params: { path: { bot_id: id }, header }, body })), `${DOING[action][0]} ${id}`, asking)
  })
}

/** Send what a bot is told, once, and follow the operation that it begins; undefined where there was nothing to do.
    Sent without `wait`, which answers 408 while the bot is on its way: the operation tells how it ended. */
export async function carryOut(send: (header: ReturnType<typeof idempotent>) => Promise<Schemas['CommandResult']>, label: string, asking: Asking): Promise<Tracked | undefined> {
  const { operation_id: id } = await once(send, asking)
  return id == null ? undefined : operations.follow(id, label)
}

/** Send many bots a command as one tracked operation. */
export async function commandMany(ids: readonly string[], action: Exclude<Action, 'delete'>, reason: string, options: StopOptions = {}): Promise<void> {
  const whom = `${ids.length} bots`
  await report(action, whom, async (asking) => {
    const body = { action, ids: [...ids], reason, ...(action === 'stop' ? { options } : {}) } as Schemas['OperationBody']
    const begun = await once((header) => bodyOf(api.POST('/api/v1/operations', { params: { header }, body })), asking)
    return operations.follow(begun.id, `${DOING[action][0]} ${whom}`, begun)
  })
}

/** Halt, or lift the halt of, everything, an account or a bot. Answered at once: the gate closes before the answer. */
export async function halt(action: 'halt' | 'unhalt', scope: { bot_id?: string; account?: string }, reason: string): Promise<void> {
  const whom = scope.bot_id ?? (scope.account === undefined ? 'everything' : `account ${scope.account}`)
  await report(action, whom, async (asking) => {
    await once((header) => (
      action === 'halt'
        ? bodyOf(api.POST('/api/v1/halt', { params: { header }, body: { reason, flatten: false, ...scope } }))
        : bodyOf(api.POST('/api/v1/unhalt', { params: { header }, body: { reason, ...scope } }))
    ), asking)
    return undefined
  })
}

/** Show that something is being done, do it, and show how it ended. */
export async function report(action: Action | Deed, whom: string, perform: (asking: Asking) => Promise<Tracked | undefined>): Promise<void> {
  const [doing, done] = typeof action === 'string' ? DOING[action] : action
  makeRoom(whom)
  const notice = notifications.show({ loading: true, title: `${doing} ${whom}`, message: 'Asked; waiting for the outcome…', autoClose: false, withCloseButton: true })
  lastNotice.set(whom, notice)
  try {
    const onSilence = () => notifications.update({ id: notice, loading: true, title: `${doing} ${whom}`, message: 'The service does not answer. It is asked again, with the same key: it is done once or not at all.', autoClose: false, withCloseButton: true })
    const outcome = await perform({ onSilence })
    if (outcome?.state === 'failed') throw new Error(whyFailed(outcome))
    notifications.update({ id: notice, loading: false, color: 'teal', title: `${whom}: ${done}`, message: outcome === undefined ? 'Done.' : summary(outcome), autoClose: 5000 })
  } catch (error) {
    const problem = asProblem(error)
    const isOpen = problem.isUnreachable // it may have been carried out: nobody may call that a failure
    const title = isOpen ? `${doing} ${whom}: outcome not known` : `${doing} ${whom} failed`
    notifications.update({ id: notice, loading: false, color: isOpen ? 'orange' : 'red', title, message: problem.message, autoClose: false })
  }
}

const lastNotice = new Map<string, string>()

/** Take away what was settled for these bots before, and the oldest where the screen is full: a new command's outcome must not wait behind it. */
function makeRoom(whom: string): void {
  const { notifications: shown } = notificationsStore.getState()
  const settled = shown.filter(({ loading }) => loading !== true)
  const oldest = shown.length >= MOST_NOTICES ? settled[0] : undefined
  for (const { id } of [...settled.filter((notice) => notice.id === lastNotice.get(whom)), ...(oldest === undefined ? [] : [oldest])]) if (id !== undefined) notifications.hide(id)
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
