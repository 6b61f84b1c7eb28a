/** The keyboard in the list: j and k, arrows, Home and End move; x and space choose, with shift a range; Enter opens; Escape chooses none. */
import type { Active } from './Grid'
import { usePageKeys } from './hooks'
import type { Listing } from './listing'
import { selection } from './selection'

interface Keyed {
  listing: Listing
  active: Active
  setActive: (active: Active) => void
  scrollTo: (at: number) => void
  open: (id: string) => void
}

/** Return which row a key leads to from another; undefined where it is no key that moves. `at` is -1 where none is active. */
export function rowAfter(key: string, at: number, count: number, isInList: boolean): number | undefined {
  if (count === 0) return undefined
  if (key === 'j' || key === 'J' || (isInList && key === 'ArrowDown')) return Math.min(count - 1, at + 1)
  if (key === 'k' || key === 'K' || (isInList && key === 'ArrowUp')) return Math.max(0, at - 1)
  if (isInList && key === 'Home') return 0
  if (isInList && key === 'End') return count - 1
  return undefined
}

export function useListKeys({ listing, active, setActive, scrollTo, open }: Keyed): void {
  const move = (to: number, isRange: boolean) => {
    const ids = listing.shownIds()
    const id = ids[to]
    if (id === undefined) return
    if (isRange) selection.extend(id, ids)
    scrollTo(to)
    setActive({ id, tick: active.tick + 1 })
  }
  const deedOf = ({ key, shiftKey }: KeyboardEvent, isRow: boolean): (() => void) | undefined => {
    const { id } = active
    if (key === 'Escape' && selection.ids.size > 0) return () => selection.clear()
    if (id === undefined || !listing.shownIds().includes(id)) return undefined
    if (key.toLowerCase() === 'x' || (key === ' ' && isRow)) return () => (shiftKey ? selection.extend(id, listing.shownIds()) : selection.toggle(id))
    return key === 'Enter' && isRow ? () => open(id) : undefined
  }
  usePageKeys((event) => {
    const at = event.target as HTMLElement
    const isRow = at.matches('[data-id]')
    const ids = listing.shownIds()
    const here = active.id === undefined ? -1 : ids.indexOf(active.id)
    const next = rowAfter(event.key, here, ids.length, at.closest('[data-id]') !== null)
    const perform = next !== undefined ? () => move(next, event.shiftKey) : deedOf(event, isRow)
    if (perform === undefined) return
    event.preventDefault()
    listing.touch()
    perform()
  })
}
