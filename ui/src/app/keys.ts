/** Keys that lead to pages: `g` and then the page's letter; `n` for a new bot. */
import { useHotkeys } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { PAGES } from './nav'

const TOGETHER_MS = 1200

/** Whether no dialogue or menu is open: a key pressed there must not lead away from under it. */
export const isPageFree = (): boolean => document.querySelector('[role=dialog], [role=menu]') === null

export function useGoKeys(): void {
  const navigate = useNavigate()
  const pressedAt = useRef(0)
  const go = (to: string) => () => {
    if (isPageFree() && Date.now() - pressedAt.current < TOGETHER_MS) void navigate({ to })
  }
  useHotkeys([
    ['g', () => { pressedAt.current = Date.now() }],
    ['n', () => { if (isPageFree()) void navigate({ to: '/new' }) }],
    ...PAGES.map(({ key, to }): [string, () => void] => [key, go(to)]),
  ])
}
