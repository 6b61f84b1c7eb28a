/** Where the list is and how wide the page: known without asking the browser at every drawing. */
import { useLayoutEffect, useState, useSyncExternalStore, type RefObject } from 'react'

const phone = matchMedia('(max-width: 48em)')
function watchPhone(watcher: () => void): () => void {
  phone.addEventListener('change', watcher)
  return () => phone.removeEventListener('change', watcher)
}

/** Whether the page is as narrow as on a phone: rows are two lines high there. */
export const useIsPhone = (): boolean => useSyncExternalStore(watchPhone, () => phone.matches)

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
