/** What the filters choose from and how many bots each choice would show. */
import type { Mode, Observed } from '../../api/client'
import { urgencyOf } from '../../domain/attention'
import { MODE_ORDER } from '../../domain/states'
import type { BotRow } from '../../live/rows'

export interface Counts {
  all: number
  states: Partial<Record<Observed, number>>
  failing: number
  warning: number
  halted: number
  paused: number
}

export function countsOf(bots: readonly BotRow[], now: number): Counts {
  const counts: Counts = { all: bots.length, states: {}, failing: 0, warning: 0, halted: 0, paused: 0 }
  for (const bot of bots) {
    counts.states[bot.observed] = (counts.states[bot.observed] ?? 0) + 1
    if (bot.tradingState === 'HALTED') counts.halted += 1
    if (bot.tradingState === 'REDUCING') counts.paused += 1
    const urgency = urgencyOf(bot, now)
    if (urgency === 2) counts.failing += 1
    if (urgency === 1) counts.warning += 1
  }
  return counts
}

export interface Options {
  venues: readonly string[]
  modes: readonly Mode[]
  /** `key`, and each `key=value` below it. */
  labels: readonly string[]
}

const MOST_VALUES = 40 // a label of which every bot has its own value is no filter

export function optionsOf(bots: readonly BotRow[]): Options {
  const venues = new Set<string>()
  const modes = new Set<Mode>()
  const labels = new Map<string, Set<string>>()
  for (const bot of bots) {
    venues.add(bot.venue)
    modes.add(bot.mode)
    for (const [key, value] of Object.entries(bot.labels)) labels.set(key, (labels.get(key) ?? new Set()).add(value))
  }
  return { venues: [...venues].sort(), modes: MODE_ORDER.filter((mode) => modes.has(mode)), labels: labelsOf(labels) }
}

function labelsOf(labels: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const keys = [...labels.keys()].sort()
  return keys.flatMap((key) => [key, ...[...(labels.get(key) ?? [])].sort().slice(0, MOST_VALUES).map((value) => `${key}=${value}`)])
}

/** Whether two lists hold the same bots with the same labels: then their options are the same too. */
export function haveSameOptions(before: readonly BotRow[], after: readonly BotRow[]): boolean {
  return before.length === after.length && before.every((bot, at) => bot.labels === after[at]?.labels)
}
