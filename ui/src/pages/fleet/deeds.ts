/** Which commands fit a bot as it is: the two at hand in its row, and those behind its menu. */
import type { Action } from '../../commands/harm'
import { isHaltedItself } from '../../domain/states'
import type { BotRow } from '../../live/rows'

export type Deed = Exclude<Action, 'delete'>
type Steered = Pick<BotRow, 'id' | 'desired' | 'observed' | 'tradingState' | 'haltedBy'>

/** Start or stop, whichever is not asked for yet. One that gave up is started; one whose task would not die can only be reset. */
export function runDeed({ desired, observed }: Steered): Deed {
  if (observed === 'QUARANTINED') return 'reset'
  return desired === 'STOPPED' || observed === 'FAILED' ? 'start' : 'stop'
}

/** Pause, resume, or lift its own halt; undefined where it is halted with its account or with everything. */
export function tradeDeed(bot: Steered): Deed | undefined {
  if (bot.tradingState === 'HALTED') return isHaltedItself(bot) ? 'unhalt' : undefined
  return bot.tradingState === 'REDUCING' ? 'resume' : 'pause'
}

/** All that the menu offers: what would change nothing is left out. */
export function menuDeeds(bot: Steered): Deed[] {
  const isOff = bot.desired === 'STOPPED' && bot.observed === 'STOPPED'
  const deeds: [Deed, boolean][] = [
    ['start', runDeed(bot) === 'start'],
    ['stop', bot.desired === 'RUNNING'],
    ['restart', bot.desired === 'RUNNING' && bot.observed !== 'QUARANTINED'],
    ['pause', bot.tradingState === 'ACTIVE'],
    ['resume', bot.tradingState === 'REDUCING'],
    ['flatten', true],
    ['halt', !isHaltedItself(bot)],
    ['unhalt', isHaltedItself(bot)],
    ['reset', bot.observed === 'FAILED' || bot.observed === 'QUARANTINED' || bot.observed === 'BACKOFF' || isOff],
  ]
  return deeds.filter(([, fits]) => fits).map(([deed]) => deed)
}

/** What the bulk bar offers, in its order. */
export const BULK_DEEDS: readonly Deed[] = ['start', 'stop', 'pause', 'resume', 'halt', 'unhalt', 'flatten', 'restart']
