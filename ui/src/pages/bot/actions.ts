/** Which commands make sense in which state: those that are wanted at once, and those behind the menu. Pure. */
import type { Action } from '../../commands/harm'
import { isHaltedItself } from '../../domain/states'
import type { BotRow } from '../../live/rows'

export interface Offer {
  first: Action[]
  more: Action[]
}

const GAVE_UP = new Set(['FAILED', 'QUARANTINED'])

export function offerOf(bot: Pick<BotRow, 'id' | 'desired' | 'observed' | 'tradingState' | 'haltedBy' | 'openPositions' | 'workingOrders'>): Offer {
  const canFlatten = bot.openPositions > 0 || bot.workingOrders > 0
  const latch: Action[] = [isHaltedItself(bot) ? 'unhalt' : 'halt']
  const flatten: Action[] = canFlatten ? ['flatten'] : []
  if (GAVE_UP.has(bot.observed)) {
    const first: Action[] = bot.observed === 'FAILED' ? ['start', 'reset'] : ['reset']
    return { first, more: [...(bot.desired === 'RUNNING' ? (['stop'] as const) : []), ...latch, ...flatten, 'delete'] }
  }
  if (bot.desired === 'STOPPED') return { first: ['start'], more: [...latch, ...flatten, 'reset', 'delete'] }
  const trading: Action = bot.tradingState === 'REDUCING' ? 'resume' : 'pause'
  return { first: ['stop', trading], more: ['restart', ...latch, ...flatten, 'delete'] }
}

/** What closed a bot's gate, in words: `everything`, `account binance`, `this bot`. */
export function scopeWords(scope: string): string {
  const [kind, name = ''] = scope.split(/:(.*)/s)
  if (kind === 'system') return 'everything is halted'
  if (kind === 'account') return `account ${name} is halted`
  if (kind === 'bot') return 'this bot is halted'
  return scope
}
