/** Sends a command so that it is carried out once, though its answer may get lost: the same key again until the service answers. */
import { idempotent } from '../api/client'
import { asProblem, ApiProblem } from '../api/problems'

/** So long an outage is bridged. A command that comes later than this may no longer be what is wanted. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 1500
const AWAY = new Set([0, 502, 503, 504])

export interface Asking {
  /** Called at the first time that nobody answers. */
  onSilence?: () => void
  clock?: () => number
  pause?: () => Promise<void>
}

const rest = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS))

/** Send with a key that makes repeating safe; return the answer. Throws `outcome_unknown` where none came in time. */
export async function once<T>(send: (header: { 'Idempotency-Key': string }) => Promise<T>, { onSilence, clock = Date.now, pause = rest }: Asking = {}): Promise<T> {
  const header = idempotent()
  const until = clock() + PATIENCE_MS
  let isSilent = false
  for (;;) {
    try {
      return await send(header)
    } catch (error) {
      const problem = asProblem(error)
      // In flight: the first attempt, whose answer got lost, is still being carried out.
      const isOpen = AWAY.has(problem.status) || (isSilent && problem.code === 'request_in_flight')
      if (!isOpen) throw problem
      if (clock() >= until) throw new ApiProblem(0, 'outcome_unknown', 'The outcome is not known', 'The service did not answer within a minute. It may have carried this out or not: once it is back, its events say which.')
      if (!isSilent) onSilence?.()
      isSilent = true
      await pause()
    }
  }
}
