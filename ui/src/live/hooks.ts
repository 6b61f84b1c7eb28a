/** The live view as React sees it. */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { live, type Freshness, type Listener } from './live'
import type { BotRow } from './rows'

/** One bot, or undefined where there is none of this id (yet). */
export function useBotRow(id: string): BotRow | undefined {
  return useSyncExternalStore(live.watch, () => live.fleet.bot(id))
}

/** Whether what is shown is still true. */
export function useFreshness(): Freshness {
  return useSyncExternalStore(live.watch, () => live.freshness)
}

/** Call `listener` with each payload of an event while the component is there. */
export function useStreamEvent(event: string, listener: Listener): void {
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  useEffect(() => live.on(event, (payload) => latest.current(payload)), [event])
}
