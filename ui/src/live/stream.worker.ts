/** The shared worker: one stream for all tabs of this dashboard. It hands messages on unread; tabs parse what they show. */
import { keepOpen } from './connection'
import type { Told } from './messages'

interface SharedScope {
  name: string
  onconnect: ((event: MessageEvent) => void) | null
}
const scope = globalThis as unknown as SharedScope // TypeScript's DOM types know no SharedWorkerGlobalScope
const ports = new Set<MessagePort>()
let state: Told = { kind: 'lost' }
let isOpen = false

function tell(told: Told): void {
  if (told.kind !== 'message') state = told
  ports.forEach((port) => port.postMessage(told))
}

scope.onconnect = (event) => {
  const port = event.ports[0]
  if (port === undefined) return
  port.onmessage = () => ports.delete(port) // a tab says only one thing: that it goes
  ports.add(port)
  port.postMessage(state)
  if (!isOpen) keepOpen(scope.name, tell) // the worker's name is the stream's address
  isOpen = true
}
