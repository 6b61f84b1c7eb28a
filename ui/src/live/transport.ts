/** Opens the stream: shared between tabs where the browser has shared workers, one for this tab where it has none. */
import { addressOf } from '../api/base'
import { keepOpen } from './connection'
import type { Told } from './messages'

/** Follow the stream; return what ends that. */
export function follow(tell: (told: Told) => void): () => void {
  const address = addressOf('api/v1/events')
  if (typeof SharedWorker === 'undefined') return keepOpen(address, tell)
  const worker = new SharedWorker(new URL('./stream.worker.ts', import.meta.url), { type: 'module', name: address })
  worker.port.onmessage = ({ data }: MessageEvent<Told>) => tell(data)
  worker.port.start()
  const leave = () => worker.port.postMessage('leave')
  addEventListener('pagehide', leave)
  return () => {
    removeEventListener('pagehide', leave)
    leave()
    worker.port.close()
  }
}
