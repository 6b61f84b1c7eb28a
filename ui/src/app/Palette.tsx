/** The keys that work on every page, and where the command palette appears (Ctrl K or /). */
import { useHotkeys } from '@mantine/hooks'
import { useSyncExternalStore } from 'react'
import { later } from '../components/later'
import { isPageFree, useGoKeys } from './keys'
import { isPaletteOpen, openPalette, watchPalette } from './palette'

const PaletteDialog = later(() => import('./PaletteDialog'), 'PaletteDialog')

const open = (): void => {
  if (isPageFree()) openPalette()
}

export function Palette() {
  const isOpen = useSyncExternalStore(watchPalette, isPaletteOpen)
  useHotkeys([['mod+K', open], ['/', open]])
  useGoKeys()
  return isOpen ? <PaletteDialog /> : null
}
