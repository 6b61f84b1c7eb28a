/** A bot's row of the fleet out of the bot itself: what is shown until the fleet is there, and where it lacks the bot. */
import type { Bot } from '../../api/client'
import type { BotRow } from '../../live/rows'

export function rowOfBot(bot: Bot): BotRow {
  const error = bot.last_error
  return {
    id: bot.id, venue: bot.venue, mode: bot.mode, instruments: bot.instruments, currency: bot.currency, labels: bot.labels, timeframe: bot.timeframe,
    strategy: bot.strategy ?? bot.main ?? '',
    capital: Number(bot.capital),
    desired: bot.desired, observed: bot.observed, generation: bot.generation, observedGeneration: bot.observed_generation,
    tradingState: bot.trading_state, haltedBy: bot.halted_by, since: bot.since, restarts: bot.restarts, nextRetryAt: bot.next_retry_at,
    error: error === null ? null : `${error.type}: ${error.message}`,
    errorClass: error?.class ?? null,
    cycles: bot.cycle_count, lastCycleAt: bot.last_cycle_at,
    equity: Number(bot.equity), realized: Number(bot.realized_pnl), unrealized: Number(bot.unrealized_pnl), dayPnl: Number(bot.day_pnl),
    positionValue: Number(bot.position_value),
    openPositions: bot.positions.filter(({ quantity }) => Number(quantity) !== 0).length,
    workingOrders: bot.working_orders.length, unresolved: bot.unresolved_orders, unresolvedSince: Date.now(), uncancelled: bot.uncancelled_orders.length, caretaker: bot.caretaker,
  }
}
