/** Log lines of a bot: joined from the backlog and the stream, filtered, written out. Pure. */
import type { Schemas } from '../../../api/client'

export const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type Level = (typeof LEVELS)[number]

/** A line; `boot` tells apart the numbers of two lives of the service. */
export type Line = Pick<Schemas['LogLine'], 'number' | 'at' | 'level' | 'message' | 'fields'> & { boot: string }

const MOST = 5000
const NEAR_MS = 2000

export const keyOf = ({ boot, number }: Line): string => `${boot}-${number}`

/** Return `known` with the lines of an answer that it lacks. Those of another boot come after; nothing that was shown is lost by a restart. */
export function withBacklog(known: readonly Line[], fresh: readonly Line[]): readonly Line[] {
  const have = new Set(known.map(keyOf))
  const more = fresh.filter((line) => !have.has(keyOf(line)))
  if (more.length === 0) return known
  const all = [...known, ...more]
  const isInOrder = known.at(-1)?.boot !== more[0]?.boot || (known.at(-1)?.number ?? 0) < (more[0]?.number ?? 0)
  return (isInOrder ? all : all.sort((a, b) => a.at.localeCompare(b.at) || a.number - b.number)).slice(-MOST)
}

export interface LogFilter {
  level: Level
  text: string
}

export function fits(line: Line, { level, text }: LogFilter): boolean {
  if (LEVELS.indexOf(line.level as Level) < LEVELS.indexOf(level)) return false
  return text === '' || `${line.message} ${fieldsOf(line)}`.toLowerCase().includes(text.toLowerCase())
}

/** The fields as words: `venue=sim delay_s=2`. */
export function fieldsOf({ fields = {} }: Pick<Line, 'fields'>): string {
  return Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')
}

export const textOf = (lines: readonly Line[]): string => lines.map((line) => `${line.at} ${line.level.toUpperCase().padEnd(8)} ${line.message} ${fieldsOf(line)}`.trimEnd()).join('\n') + '\n'

/** Return the line that a moment is about: the gravest within two seconds of it, else the nearest. */
export function lineAt(lines: readonly Line[], at: string): Line | undefined {
  const moment = Date.parse(at)
  const rank = (line: Line): [near: number, distance: number] => {
    const distance = Math.abs(Date.parse(line.at) - moment)
    return [distance <= NEAR_MS ? LEVELS.indexOf(line.level as Level) : -1, distance]
  }
  return [...lines].sort((a, b) => rank(b)[0] - rank(a)[0] || rank(a)[1] - rank(b)[1])[0]
}
