/** A bot as the fleet's snapshot and the stream's deltas tell it. Arrays on the wire, records here. */
import type { Desired, Mode, Observed, TradingState } from '../api/client'

/** Columns of `GET /fleet`, in order. Money comes as decimal strings and is a number here: rows are for looking at, not for sums of record. */
export interface BotRow {
  id: string
  strategy: string
  venue: string
  mode: Mode
  instruments: string[]
  currency: string
  labels: Record<string, string>
  timeframe: string
  capital: number
  desired: Desired
  observed: Observed
  generation: number
  observedGeneration: number
  tradingState: TradingState
  haltedBy: string[]
  since: string
  restarts: number
  nextRetryAt: string | null
  error: string | null
  errorClass: string | null
  cycles: number
  lastCycleAt: string | null
  equity: number
  realized: number
  unrealized: number
  dayPnl: number
  positionValue: number
  openPositions: number
  workingOrders: number
  unresolved: number
  /** When this page first saw that there are such orders (ms). One that is being sent counts too, for the moment that takes. */
  unresolvedSince?: number | undefined
  uncancelled: number
  caretaker: string | null
}

export type WireRow = [
  id: string, strategy: string, venue: string, mode: Mode, instruments: string[], currency: string, labels: Record<string, string>,
  timeframe: string, capital: string, desired: Desired, observed: Observed, generation: number, observedGeneration: number,
  tradingState: TradingState, haltedBy: string[], since: string, restarts: number, nextRetryAt: string | null, error: string | null,
  errorClass: string | null, cycles: number, lastCycleAt: string | null, equity: string, realized: string, unrealized: string,
  dayPnl: string, positionValue: string, openPositions: number, workingOrders: number, unresolved: number, uncancelled: number,
  caretaker: string | null,
]

export type WireDelta = [
  id: string, observed: Observed, tradingState: TradingState, cycles: number, lastCycleAt: string | null, equity: string,
  realized: string, unrealized: string, dayPnl: string, positionValue: string, openPositions: number, workingOrders: number, unresolved: number,
]

/** What `bot.state` says of a bot that still exists. */
export interface WireState {
  id: string
  name: string
  at: string
  actor: string
  reason: string
  deleted?: boolean
  desired: Desired
  observed: Observed
  generation: number
  observed_generation: number
  trading_state: TradingState
  halted_by: string[]
  since: string
  restarts: number
  next_retry_at: string | null
  uncancelled_orders: number
  last_error: { class: string; type: string; message: string } | null
}

export function rowOf(wire: WireRow): BotRow {
  const [
    id, strategy, venue, mode, instruments, currency, labels, timeframe, capital, desired, observed, generation, observedGeneration,
    tradingState, haltedBy, since, restarts, nextRetryAt, error, errorClass, cycles, lastCycleAt, equity, realized, unrealized,
    dayPnl, positionValue, openPositions, workingOrders, unresolved, uncancelled, caretaker,
  ] = wire
  return {
    id, strategy, venue, mode, instruments, currency, labels, timeframe, desired, observed, generation, observedGeneration,
    tradingState, haltedBy, since, restarts, nextRetryAt, error, errorClass, cycles, lastCycleAt,
    openPositions, workingOrders, unresolved, unresolvedSince: unresolved > 0 ? Date.now() : undefined, uncancelled, caretaker,
    capital: Number(capital), equity: Number(equity), realized: Number(realized), unrealized: Number(unrealized),
    dayPnl: Number(dayPnl), positionValue: Number(positionValue),
  }
}

export function withDelta(row: BotRow, delta: WireDelta): BotRow {
  const [, observed, tradingState, cycles, lastCycleAt, equity, realized, unrealized, dayPnl, positionValue, openPositions, workingOrders, unresolved] = delta
  return {
    ...row, observed, tradingState, cycles, lastCycleAt, openPositions, workingOrders, unresolved,
    unresolvedSince: unresolved > 0 ? (row.unresolvedSince ?? Date.now()) : undefined,
    equity: Number(equity), realized: Number(realized), unrealized: Number(unrealized), dayPnl: Number(dayPnl), positionValue: Number(positionValue),
  }
}

export function withState(row: BotRow, state: WireState): BotRow {
  const error = state.last_error
  return {
    ...row,
    desired: state.desired,
    observed: state.observed,
    generation: state.generation,
    observedGeneration: state.observed_generation,
    tradingState: state.trading_state,
    haltedBy: state.halted_by,
    since: state.since,
    restarts: state.restarts,
    nextRetryAt: state.next_retry_at,
    uncancelled: state.uncancelled_orders,
    error: error === null ? null : `${error.type}: ${error.message}`,
    errorClass: error?.class ?? null,
  }
}
