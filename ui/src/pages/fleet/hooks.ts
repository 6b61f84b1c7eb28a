/** What the parts of the fleet page share: the listing, the choice, and the address as the place of the filter. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'
import { live } from '../../live/live'
import { fleetSearch, type FleetSearch } from './filter'
import { Listing, type View } from './listing'
import { selection } from './selection'

export function useListing(search: FleetSearch): { listing: Listing; view: View } {
  const [listing] = useState(() => new Listing({ bots: () => live.fleet.bots, watch: live.watch }))
  return { listing, view: useSyncExternalStore(listing.watch, () => listing.view(search)) }
}

export const useSelected = (): ReadonlySet<string> => useSyncExternalStore(selection.watch, () => selection.ids)

export type Refine = (changes: { [Key in keyof FleetSearch]?: FleetSearch[Key] | undefined }) => void

/** Return the filter of the address, and what changes parts of it; an undefined part is left out. */
export function useFleetSearch(): [FleetSearch, Refine] {
  const search = useSearch({ from: '/' })
  const navigate = useNavigate()
  const refine: Refine = useCallback((changes) => void navigate({ to: '/', search: fleetSearch({ ...search, ...changes }), replace: true, resetScroll: false }), [search, navigate])
  return [search, refine]
}

/** Call `listener` with each key that is pressed on the page, outside of text fields, dialogues and menus. */
export function usePageKeys(listener: (event: KeyboardEvent) => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!isElsewhere(event)) listener(event)
  })
  useEffect(() => {
    const hear = (event: KeyboardEvent) => onKey(event)
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [])
}

function isElsewhere(event: KeyboardEvent): boolean {
  const at = event.target
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(at instanceof HTMLElement)) return true
  if (document.querySelector('[role=dialog], [role=menu]') !== null) return true
  return at.matches('textarea, select, [contenteditable], input:not([type=checkbox])')
}
