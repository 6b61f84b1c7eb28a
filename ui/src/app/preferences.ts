/** What a reader prefers, kept in this browser: no secret is among it. */
import { useSyncExternalStore } from 'react'
import type { Zone } from '../format/times'

export interface Preferences {
  zone: Zone
  /** `safe` tells profit from loss by blue and orange, which every kind of colour vision can; `classic` is green and red. */
  profitColors: 'safe' | 'classic'
  isDense: boolean
}

const KEY = 'styrman.preferences'
const DEFAULT: Preferences = { zone: 'utc', profitColors: 'safe', isDense: false }
const watchers = new Set<() => void>()
let current = read()

function read(): Preferences {
  try {
    return { ...DEFAULT, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) }
  } catch {
    return DEFAULT // nothing stored, or storage is off
  }
}

function show(): void {
  document.documentElement.dataset.profit = current.profitColors
}

export function prefer(changes: Partial<Preferences>): void {
  current = { ...current, ...changes }
  try {
    localStorage.setItem(KEY, JSON.stringify(current))
  } catch {
    // storage is off: the choice holds until the page is left
  }
  show()
  watchers.forEach((tell) => tell())
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => current,
  )
}

show()
