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
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['Tab'], does: 'To the next control; the first one skips to the content' },
]
