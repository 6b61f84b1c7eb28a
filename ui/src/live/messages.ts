/** What the transport hands on: the stream's messages and how its connection does. Shared by the worker and the page. */

export interface StreamMessage {
  event: string
  /** `<boot>-<n>`: the n-th message of one boot of the service. */
  id: string
  data: string
}

export type Told = { kind: 'open' } | { kind: 'lost' } | { kind: 'message'; message: StreamMessage }

/** Every event of the stream that the dashboard reads. EventSource wants them by name. */
export const EVENTS = ['bots.delta', 'bot.state', 'order', 'fill', 'log', 'operation', 'system', 'resync', 'heartbeat'] as const

/** A place in the stream: messages up to it are part of a snapshot already. */
export interface Place {
  boot: string
  number: number
}

export function placeOf(id: string): Place {
  const dash = id.lastIndexOf('-')
  return { boot: id.slice(0, dash), number: Number(id.slice(dash + 1)) }
}

/** Whether a snapshot taken at `place` holds what this message says. One of another boot is never held. */
export const isHeld = (message: Place, place: Place): boolean => message.boot === place.boot && message.number <= place.number
