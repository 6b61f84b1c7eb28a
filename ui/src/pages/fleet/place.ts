/** Where the list is and how wide the page: known without asking the browser at every drawing. */
import { useLayoutEffect, useState, useSyncExternalStore, type RefObject } from 'react'

const narrow = matchMedia('(max-width: 62em)')
function watchNarrow(watcher: () => void): () => void {
  narrow.addEventListener('change', watcher)
  return () => narrow.removeEventListener('change', watcher)
}

/** Whether the page is too narrow for columns, as on a phone: rows are taller there. */
export const useIsNarrow = (): boolean => useSyncExternalStore(watchNarrow, () => narrow.matches)

/** How far down the page an element begins, measured when something on the page grows. */
export function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setTop(Math.round((element.current?.getBoundingClientRect().top ?? 0) + scrollY))
    const observer = new ResizeObserver(measure)
    observer.observe(document.body) // whatever stands above the element pushes the page's end too
    return () => observer.disconnect()
  }, [element])
  return top
}
