/** What the system page reads out of the service's answers: untyped parts made sure of, and the readings of the last minutes. */
import type { Schemas } from '../../api/client'

type SystemView = Schemas['SystemView']

export interface Stall {
  at: string
  seconds: number
  severity: string
  task: string
  stack: string[]
}
export interface FeedHealth {
  venue: string
  instrument: string
  timeframe: string
  readers: number
  candles: number
  staleness: number
  gaps: number
  late: number
}

const text = (value: unknown): string => (typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value))
const figure = (value: unknown): number => (typeof value === 'number' || typeof value === 'string' ? Number(value) : 0)

/** The last stalls of the loop, newest first. */
export function stallsOf({ stalls }: Pick<SystemView, 'stalls'>): Stall[] {
  return stalls
    .map(({ at, seconds, severity, task, stack }) => ({
      at: text(at), seconds: figure(seconds), severity: text(severity), task: text(task), stack: Array.isArray(stack) ? stack.map(text) : [text(stack)],
    }))
    .sort((a, b) => b.at.localeCompare(a.at))
}

/** The market data that is followed; the stalest first. */
export function feedsOf({ feeds }: Pick<SystemView, 'feeds'>): FeedHealth[] {
  return feeds
    .map(({ venue, instrument, timeframe, readers, candles, staleness_s: staleness, gaps_filled: gaps, late_ignored: late }) => ({
      venue: text(venue), instrument: text(instrument), timeframe: text(timeframe), readers: figure(readers), candles: figure(candles),
      staleness: figure(staleness), gaps: figure(gaps), late: figure(late),
    }))
    .sort((a, b) => b.staleness - a.staleness || a.instrument.localeCompare(b.instrument))
}

export interface Reading {
  at: number
  lag: number
  depth: number
}
/** A quarter of an hour at one every two seconds. */
const KEPT = 450

/** Return the readings with one more, no more than are kept; those of an earlier boot are another process's and go. */
export function withReading(readings: readonly Reading[], view: SystemView, at: number, kept = KEPT): readonly Reading[] {
  const booted = Date.parse(view.started_at)
  return [...readings.filter((each) => each.at >= booted), { at, lag: view.loop_lag_ms, depth: view.journal_depth }].slice(-kept)
}

/** How bad a figure is against its limits. */
export function gradeOf(value: number, warn: number, bad: number): 'fine' | 'warning' | 'bad' {
  return value >= bad ? 'bad' : value >= warn ? 'warning' : 'fine'
}
