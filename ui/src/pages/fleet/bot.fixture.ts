/** A bot for tests: fine, running, without a position, unless told otherwise. */
import type { BotRow } from '../../live/rows'

export const bot = (id: string, changes: Partial<BotRow> = {}): BotRow => ({
  id, strategy: 'ema_cross', venue: 'sim', mode: 'simulated', instruments: ['BTC/USDT'], currency: 'USDT', labels: {}, timeframe: '1m', capital: 1000,
  desired: 'RUNNING', observed: 'RUNNING', generation: 1, observedGeneration: 1, tradingState: 'ACTIVE', haltedBy: [], since: '2026-01-01T00:00:00Z',
  restarts: 0, nextRetryAt: null, error: null, errorClass: null, cycles: 1, lastCycleAt: null, equity: 1000, realized: 0, unrealized: 0, dayPnl: 0,
  positionValue: 0, openPositions: 0, workingOrders: 0, unresolved: 0, uncancelled: 0, caretaker: null, ...changes,
})
