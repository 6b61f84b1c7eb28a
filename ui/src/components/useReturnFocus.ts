/** Where the focus goes when a dialogue closes: back to what opened it. Dialogues here are mounted open, which Mantine's own return misses. */
import { useEffect, useState } from 'react'

/** The last place that had the focus outside of dialogues: one that another one opened leads back there too. */
let origin: HTMLElement | undefined

function originNow(): HTMLElement | undefined {
  const at = document.activeElement
  if (at instanceof HTMLElement && at !== document.body && at.closest('[role=dialog]') === null) origin = at
  return origin
}

/** Call in a component that is there as long as its dialogue is. */
export function useReturnFocus(): void {
  const [opener] = useState(originNow)
  useEffect(() => () => {
    const isFree = document.activeElement === null || document.activeElement === document.body
    if (isFree && document.querySelector('[role=dialog]') === null && opener?.isConnected === true) opener.focus({ preventScroll: true })
  }, [opener])
}
