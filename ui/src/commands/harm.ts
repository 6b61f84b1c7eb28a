/** How much a command can hurt, and therefore how it is confirmed: not at all, by one more click, or by typing. */
import type { Mode } from '../api/client'

export type Action = 'start' | 'stop' | 'restart' | 'pause' | 'resume' | 'reset' | 'flatten' | 'halt' | 'unhalt' | 'delete'

/** What each command is called, on every button and in every dialogue. */
export const LABEL: Record<Action, string> = {
  start: 'Start', stop: 'Stop', restart: 'Restart', pause: 'Pause', resume: 'Resume', reset: 'Reset',
  flatten: 'Flatten', halt: 'Halt', unhalt: 'Lift halt', delete: 'Delete',
}

export interface Target {
  /** The bots meant, or `all` for whatever there is. */
  ids: readonly string[] | 'all'
  /** Whose money they trade, each mode once. */
  modes: readonly Mode[]
  /** How many of them hold a position. */
  withPositions: number
}

export interface Harm {
  confirm: 'none' | 'click' | 'typed'
  /** What the operator must type, where typing is asked for. */
  phrase: string
  /** What will happen, in one sentence. */
  consequence: string
}

const CONSEQUENCE: Record<Action, string> = {
  start: 'It trades from its next cycle on.',
  stop: 'Its task ends and its orders are cancelled. Positions stay, with their protections.',
  restart: 'Its task ends and a new one begins.',
  pause: 'It may only make its positions smaller until it is resumed.',
  resume: 'It may open positions again.',
  reset: 'Its failure and counters are cleared; it stays stopped.',
  flatten: 'Its orders are cancelled and its positions are closed at the market. This cannot be undone.',
  halt: 'Nothing is sent any more but cancels, until someone lifts the halt.',
  unhalt: 'Orders may be sent again.',
  delete: 'The bot is removed. Its history stays in the journal.',
}
const BEGINS_TRADING: readonly Action[] = ['start', 'restart', 'resume', 'unhalt']

export function harmOf(action: Action, target: Target): Harm {
  const consequence = CONSEQUENCE[action]
  const isLive = target.modes.includes('live')
  const isAll = target.ids === 'all'
  if ((isAll && action === 'halt') || action === 'flatten') return { confirm: 'typed', phrase: action, consequence }
  if (isLive && BEGINS_TRADING.includes(action)) return { confirm: 'typed', phrase: 'live', consequence: `${consequence} Real money is at stake.` }
  if (action === 'delete') return { confirm: 'typed', phrase: isAll ? 'delete' : (target.ids[0] ?? 'delete'), consequence }
  const many = isAll || target.ids.length > 1
  if (many || isLive || action === 'halt' || action === 'unhalt' || (action === 'stop' && target.withPositions > 0)) {
    return { confirm: 'click', phrase: '', consequence }
  }
  return { confirm: 'none', phrase: '', consequence }
}
