/** Sums over bots. Live and paper, and two currencies, are never one sum. */
import type { Mode } from '../api/client'
import type { BotRow } from '../live/rows'
import { MODE_ORDER } from './states'

export interface Total {
  mode: Mode
  currency: string
  bots: number
  dayPnl: number
  pnl: number
  equity: number
  positionValue: number
}

/** Return one total for each mode and currency: real money first, then the larger. */
export function totalsOf(bots: readonly BotRow[]): Total[] {
  const totals = new Map<string, Total>()
  for (const bot of bots) {
    const key = `${bot.mode} ${bot.currency}`
    const total = totals.get(key) ?? { mode: bot.mode, currency: bot.currency, bots: 0, dayPnl: 0, pnl: 0, equity: 0, positionValue: 0 }
    total.bots += 1
    total.dayPnl += bot.dayPnl
    total.pnl += bot.realized + bot.unrealized
    total.equity += bot.equity
    total.positionValue += bot.positionValue
    totals.set(key, total)
  }
  return [...totals.values()].sort((a, b) => MODE_ORDER.indexOf(a.mode) - MODE_ORDER.indexOf(b.mode) || b.bots - a.bots)
}
