/** Which bots need someone, how badly, and why: what the fleet is sorted by before anybody asks for another order. */
import type { BotRow } from '../live/rows'

export type Urgency = 'failing' | 'warning'
export interface Attention {
  urgency: Urgency
  reason: string
}

/** A bot that is on its way longer than this deserves a look. */
const SLOW_MS = 60_000
/** An order that is being sent is unresolved too; only one that stays so is trouble. */
const SENDING_MS = 5000
const ON_ITS_WAY = new Set(['STARTING', 'STOPPING'])

/** Whether an order's fate is unknown for longer than sending one takes. */
export const isInDoubt = (bot: BotRow, now = Date.now()): boolean => bot.unresolved > 0 && now - (bot.unresolvedSince ?? 0) > SENDING_MS

/** Return why a bot needs attention; undefined where it does not. A halt or a pause is someone's decision and no failure. */
export function attentionOf(bot: BotRow, now = Date.now()): Attention | undefined {
  if (bot.observed === 'FAILED' || bot.observed === 'QUARANTINED') return { urgency: 'failing', reason: bot.error ?? `It is ${bot.observed}.` }
  if (isInDoubt(bot, now)) return { urgency: 'failing', reason: `${bot.unresolved} order(s) whose fate is not known yet` }
  if (bot.observed === 'BACKOFF') return { urgency: 'failing', reason: bot.error ?? 'It crashed and waits for its restart.' }
  if (bot.uncancelled > 0) return { urgency: 'warning', reason: `${bot.uncancelled} order(s) could not be cancelled yet` }
  if (ON_ITS_WAY.has(bot.observed) && now - Date.parse(bot.since) > SLOW_MS) {
    return { urgency: 'warning', reason: `${bot.observed.toLowerCase()} for more than a minute` }
  }
  // One that waits for its turn to start, of many, is on its way: what was asked last is not settled yet.
  if (bot.desired === 'RUNNING' && bot.observed === 'STOPPED' && bot.observedGeneration >= bot.generation) return { urgency: 'warning', reason: 'It should run and does not.' }
  return undefined
}

/** How badly, as a number. */
export const RANK: Record<Urgency, number> = { failing: 2, warning: 1 }

/** How urgent, as a number: 2 failing, 1 warning, 0 fine. */
export function urgencyOf(bot: BotRow, now?: number): number {
  const attention = attentionOf(bot, now)
  return attention === undefined ? 0 : RANK[attention.urgency]
}
