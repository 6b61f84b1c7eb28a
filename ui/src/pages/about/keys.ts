/** The keyboard, as the about page lists it: the pages' letters come from the navigation itself. */
import { PAGES } from '../../app/nav'

export interface Shortcut {
  keys: readonly string[]
  /** Pressed one after the other, not together. */
  isSequence?: boolean
  does: string
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['Ctrl', 'K'], does: 'Search bots, pages and commands (⌘ K on a Mac)' },
  { keys: ['/'], does: 'The same' },
  ...PAGES.map(({ key, label }): Shortcut => ({ keys: ['G', key.toUpperCase()], isSequence: true, does: `Go to ${label}` })),
  { keys: ['N'], does: 'New bot' },
  { keys: ['J'], does: 'Fleet: the next bot (also ↓ in the list)' },
  { keys: ['K'], does: 'Fleet: the bot before (also ↑ in the list)' },
  { keys: ['X'], does: 'Fleet: choose the bot, with Shift all up to it' },
  { keys: ['Enter'], does: 'Fleet: open the bot' },
  { keys: ['Esc'], does: 'Close what is open; fleet: choose none' },
  { keys: ['Tab'], does: 'To the next control; the first one skips to the content' },
]
