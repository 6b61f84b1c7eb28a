/** One EventSource that never gives up: the browser's own retry, and a new one where the browser closed it for good. */
import { EVENTS, type Told } from './messages'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 10_000

/** Keep a stream open and tell everything about it. Runs in the shared worker, or in the page where there is none. */
export function keepOpen(address: string, tell: (told: Told) => void): () => void {
  let source: EventSource
  let lastId = ''
  let retryMs = FIRST_RETRY_MS
  let timer: ReturnType<typeof setTimeout> | undefined

  const open = () => {
    source = new EventSource(lastId === '' ? address : `${address}?after=${encodeURIComponent(lastId)}`)
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS
      tell({ kind: 'open' })
    }
    source.onerror = () => {
      tell({ kind: 'lost' })
      // CLOSED: the answer was no stream (a proxy's 502, a 401). The browser does not come back from that by itself.
      if (source.readyState !== EventSource.CLOSED) return
      timer = setTimeout(open, retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
    for (const event of EVENTS) source.addEventListener(event, forward)
  }
  const forward = (received: MessageEvent<string>) => {
    lastId = received.lastEventId || lastId
    tell({ kind: 'message', message: { event: received.type, id: received.lastEventId, data: received.data } })
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
