/** How moments and spans read, in UTC or in the reader's own zone. */

export type Zone = 'utc' | 'local'

const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: Zone, parts: 'time' | 'full' | 'day'): Intl.DateTimeFormat {
  const key = `${zone}${parts}`
  const date: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' }
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
  const options = parts === 'time' ? time : parts === 'day' ? date : { ...date, ...time }
  const made = cache.get(key) ?? new Intl.DateTimeFormat('sv-SE', { ...options, ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) })
  cache.set(key, made)
  return made
}

type Moment = string | number | Date | null | undefined

const dateOf = (moment: Exclude<Moment, null | undefined>): Date => (moment instanceof Date ? moment : new Date(moment))

/** `2026-11-25 16:04:51`; a dash where there is none. */
export const full = (moment: Moment, zone: Zone): string => (moment == null ? '–' : formatter(zone, 'full').format(dateOf(moment)))
/** `16:04:51`; a dash where there is none. */
export const clock = (moment: Moment, zone: Zone): string => (moment == null ? '–' : formatter(zone, 'time').format(dateOf(moment)))
/** `11-25 16:04`: where there is little room; a dash where there is none. */
export const brief = (moment: Moment, zone: Zone): string => full(moment, zone).slice(5, 16) || '–'
export const day = (moment: Moment, zone: Zone): string => (moment == null ? '–' : formatter(zone, 'day').format(dateOf(moment)))

/** A span in its two largest units: `3 d 4 h`, `12 min 5 s`, `850 ms`. */
export function span(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  const parts: [number, string][] = [[Math.floor(seconds / 86400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [Math.floor(seconds) % 60, 's']]
  const first = parts.findIndex(([count]) => count > 0)
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ')
}

/** How long ago, or in how long: `5 s ago`, `in 2 min`. */
export function ago(moment: Moment, now = Date.now()): string {
  if (moment == null) return 'never'
  const seconds = (now - dateOf(moment).getTime()) / 1000
  if (Math.abs(seconds) < 1) return 'now'
  return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`
}
