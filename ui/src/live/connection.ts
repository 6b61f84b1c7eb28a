/** One EventSource that never gives up: the browser's own retry, a new one where the browser closed it for good or the line died silently. */
import { EVENTS, type Told } from './messages'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 10_000
/** The service sends a heartbeat at least every 15 s: who is silent for two of them is not there any more. */
const SILENCE_MS = 33_000
const LOOK_MS = 3000

/** Keep a stream open and tell everything about it. Runs in the shared worker, or in the page where there is none. */
export function keepOpen(address: string, tell: (told: Told) => void): () => void {
  let source: EventSource
  let lastId = ''
  let retryMs = FIRST_RETRY_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let heardAt = Date.now()

  const open = () => {
    timer = undefined
    heardAt = Date.now()
    source = new EventSource(lastId === '' ? address : `${address}?after=${encodeURIComponent(lastId)}`)
    source.onopen = () => {
      heardAt = Date.now()
      retryMs = FIRST_RETRY_MS
      tell({ kind: 'open' })
    }
    source.onerror = () => {
      tell({ kind: 'lost' })
      // CLOSED: the answer was no stream (a proxy's 502, a 401). The browser does not come back from that by itself.
      if (source.readyState === EventSource.CLOSED) openLater()
    }
    for (const event of EVENTS) source.addEventListener(event, forward)
  }
  const openLater = () => {
    clearTimeout(timer)
    timer = setTimeout(open, retryMs)
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
  }
  const forward = (received: MessageEvent<string>) => {
    heardAt = Date.now()
    lastId = received.lastEventId || lastId
    tell({ kind: 'message', message: { event: received.type, id: received.lastEventId, data: received.data } })
  }
  /** A machine that slept, a network that changed: no error comes, and nothing else either. */
  const look = () => {
    if (timer !== undefined || Date.now() - heardAt < SILENCE_MS) return
    source.close()
    tell({ kind: 'lost' })
    open()
  }
  const watch = setInterval(look, LOOK_MS)
  open()
  return () => {
    clearInterval(watch)
    clearTimeout(timer)
    source.close()
  }
}
