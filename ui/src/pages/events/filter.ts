/** Which events the journal shows: the words of the address, and the question to the service that they make. */
import type { Zone } from '../../format/times'
import type { Words } from '../../components/table/useWords'
import type { Look } from '../../domain/states'

export type Kind = 'command' | 'bot.state' | 'order' | 'fill' | 'error' | 'system'

export const KINDS: Record<Kind, Look> = {
  command: { color: 'sea', label: 'Command', meaning: 'Someone asked for something: the audit.' },
  'bot.state': { color: 'teal', label: 'Lifecycle', meaning: 'A bot’s task moved from one state to another.' },
  error: { color: 'red', label: 'Error', meaning: 'Something failed.' },
  system: { color: 'grape', label: 'System', meaning: 'Boots, shutdowns, halts, safe mode, stalls, drift.' },
  order: { color: 'blue', label: 'Order', meaning: 'An order moved from one state to another.' },
  fill: { color: 'cyan', label: 'Fill', meaning: 'An order traded.' },
}
/** Audit and lifecycle; a busy fleet's orders and fills would bury them, and have a page of their own. */
const USUAL: readonly Kind[] = ['command', 'bot.state', 'error', 'system']
export const isKind = (word: string): word is Kind => word in KINDS

/** Return the kinds that an address names; the usual ones where it names none. */
export function kindsOf(word: string | undefined): readonly Kind[] {
  const named = (word ?? '').split(',').filter(isKind)
  return named.length === 0 ? USUAL : named
}

/** Return what names these kinds in an address; nothing for the usual ones. */
export function wordOf(kinds: readonly string[]): string | undefined {
  const isUsual = kinds.length === USUAL.length && USUAL.every((kind) => kinds.includes(kind))
  return isUsual || kinds.length === 0 ? undefined : kinds.join(',')
}

export interface EventQuery {
  kinds: string
  bots: string
  actor?: string
  q: string
  since?: string
  until?: string
}

export function queryOf({ kinds, bot, actor, q, since, until }: Words): EventQuery {
  return {
    kinds: kindsOf(kinds).join(','), bots: bot ?? '', q: q ?? '',
    ...(actor !== undefined && { actor }), ...(isMoment(since) && { since }), ...(isMoment(until) && { until }),
  }
}
const isMoment = (word: string | undefined): word is string => word !== undefined && !Number.isNaN(Date.parse(word))

/** Return the moment of a date-and-time field, read in the reader's zone; undefined where it is empty or no moment. */
export function momentOf(field: string, zone: Zone): string | undefined {
  const at = new Date(zone === 'utc' ? `${field}Z` : field)
  return field === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** Return a moment as a date-and-time field wants it, in the reader's zone, to the second. */
export function fieldOf(moment: string | undefined, zone: Zone): string {
  if (!isMoment(moment)) return ''
  const at = new Date(moment)
  const shifted = zone === 'utc' ? at : new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 19)
}

/** Which events of the stream may add to the journal as it is shown. */
export function streamOf(kinds: readonly Kind[]): string[] {
  return ['bot.state', 'system', 'operation', ...(kinds.includes('order') ? ['order'] : []), ...(kinds.includes('fill') ? ['fill'] : [])]
}
