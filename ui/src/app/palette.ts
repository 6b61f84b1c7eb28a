/** The command palette: whether it is open, and what it finds. */
import { PAGES } from './nav'
import type { BotRow } from '../live/rows'

export type Found =
  | { kind: 'page'; id: string; label: string; to: string }
  | { kind: 'bot'; id: string; label: string; bot: BotRow }
  | { kind: 'deed'; id: string; label: string; deed: Deed }
export type Deed = 'halt' | 'unhalt' | 'new' | 'zone' | 'colors'

const DEEDS: { deed: Deed; label: string }[] = [
  { deed: 'new', label: 'New bot' },
  { deed: 'halt', label: 'Halt all trading' },
  { deed: 'unhalt', label: 'Lift the halt of everything' },
  { deed: 'zone', label: 'Switch between UTC and local time' },
  { deed: 'colors', label: 'Switch between dark and light' },
]
const MOST = 12

let isOpen = false
const watchers = new Set<() => void>()

export const isPaletteOpen = (): boolean => isOpen
export function watchPalette(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
function turn(to: boolean): void {
  isOpen = to
  watchers.forEach((tell) => tell())
}
export const openPalette = (): void => turn(true)
export const closePalette = (): void => turn(false)

/** Return what matches: every word must occur; pages and deeds before bots; bots that begin with the text first. */
export function search(text: string, bots: readonly BotRow[]): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (label: string) => words.every((word) => label.toLowerCase().includes(word))
  const pages: Found[] = PAGES.filter(({ label }) => fits(label)).map(({ to, label }) => ({ kind: 'page', id: `page ${to}`, label, to }))
  const deeds: Found[] = DEEDS.filter(({ label }) => fits(label)).map(({ deed, label }) => ({ kind: 'deed', id: `deed ${deed}`, label, deed }))
  if (words.length === 0) return [...pages, ...deeds].slice(0, MOST)
  const found = bots.filter((bot) => fits(`${bot.id} ${bot.strategy} ${bot.venue} ${bot.instruments.join(' ')}`))
  const first = found.filter(({ id }) => id.toLowerCase().startsWith(words[0] ?? '')).slice(0, MOST)
  const rest = found.slice(0, MOST).filter((bot) => !first.includes(bot))
  const botsFound: Found[] = [...first, ...rest].map((bot) => ({ kind: 'bot', id: `bot ${bot.id}`, label: bot.id, bot }))
  return [...pages, ...deeds, ...botsFound].slice(0, MOST)
}
