/** How far down the page an element begins, measured when something on the page grows and not with every drawing. */
import { useLayoutEffect, useState, type RefObject } from 'react'

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
