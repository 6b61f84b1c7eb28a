/** What the states of a bot mean, in words and in a shape and colour of their own (never colour alone). */
import type { Mode, Observed, TradingState } from '../api/client'
import type { BotRow } from '../live/rows'

export interface Look {
  color: string
  label: string
  meaning: string
}

export const OBSERVED: Record<Observed, Look> = {
  RUNNING: { color: 'teal', label: 'Running', meaning: 'Its task runs and is healthy.' },
  STARTING: { color: 'blue', label: 'Starting', meaning: 'Its task is being started.' },
  STOPPING: { color: 'indigo', label: 'Stopping', meaning: 'It ends at its next safe point; orders are being taken off.' },
  STOPPED: { color: 'gray', label: 'Stopped', meaning: 'No task of it runs.' },
  BACKOFF: { color: 'orange', label: 'Backing off', meaning: 'It crashed and will be restarted after a wait.' },
  FAILED: { color: 'red', label: 'Failed', meaning: 'It crashed and is not restarted until someone starts or resets it.' },
  QUARANTINED: { color: 'grape', label: 'Quarantined', meaning: 'Its task would not die; nothing may run beside it. Reset it.' },
}
/** The states, worst first: how they are counted and drawn. */
export const OBSERVED_ORDER: readonly Observed[] = ['FAILED', 'QUARANTINED', 'BACKOFF', 'STOPPING', 'STARTING', 'RUNNING', 'STOPPED']

export const TRADING: Record<TradingState, Look> = {
  ACTIVE: { color: 'teal', label: 'Active', meaning: 'It may open and close.' },
  REDUCING: { color: 'yellow', label: 'Paused', meaning: 'REDUCING: it may only make positions smaller.' },
  HALTED: { color: 'red', label: 'Halted', meaning: 'Nothing is sent for it but cancels.' },
}

/** Whether a bot is halted by a latch of its own, which can be lifted without touching others. */
export const isHaltedItself = ({ id, haltedBy }: Pick<BotRow, 'id' | 'haltedBy'>): boolean => haltedBy.includes(`bot:${id}`)

export const MODES: Record<Mode, Look> = {
  live: { color: 'pink', label: 'Live money', meaning: 'Orders go to the exchange, with real money.' },
  paper: { color: 'cyan', label: 'Paper', meaning: 'Real prices; fills are simulated, no money moves.' },
  simulated: { color: 'gray', label: 'Simulated', meaning: 'A simulated exchange; no money moves.' },
}
/** Real money first. */
export const MODE_ORDER: readonly Mode[] = ['live', 'paper', 'simulated']
