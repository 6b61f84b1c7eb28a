/** What the states of an order mean, in words and a colour. */
import type { Schemas } from '../../api/client'
import type { Look } from '../../domain/states'

export type IntentState = Schemas['IntentState']

export const ORDER_STATES: Record<IntentState, Look> = {
  PREPARED: { color: 'gray', label: 'Prepared', meaning: 'Journaled; not sent yet.' },
  SENDING: { color: 'blue', label: 'Sending', meaning: 'Under way; it may be at the venue already.' },
  ACKED: { color: 'sea', label: 'Working', meaning: 'It rests at the venue.' },
  PARTIALLY_FILLED: { color: 'cyan', label: 'Partly filled', meaning: 'It rests at the venue and has traded in part.' },
  CANCEL_SENT: { color: 'indigo', label: 'Cancelling', meaning: 'It works until the venue confirms that it is off.' },
  UNKNOWN: { color: 'red', label: 'Unknown', meaning: 'The answer was lost; the venue may or may not hold it. It is being looked for.' },
  FILLED: { color: 'teal', label: 'Filled', meaning: 'It traded in full.' },
  CANCELED: { color: 'gray', label: 'Cancelled', meaning: 'It was taken off, by us or by the venue.' },
  EXPIRED: { color: 'gray', label: 'Expired', meaning: 'The venue took it off at its own deadline.' },
  REJECTED: { color: 'orange', label: 'Rejected', meaning: 'The venue said no.' },
  DENIED: { color: 'orange', label: 'Denied', meaning: 'We said no; it was never sent.' },
  NOT_PLACED: { color: 'gray', label: 'Not placed', meaning: 'It is proven that the venue never had it.' },
  MANUAL: { color: 'grape', label: 'Decided', meaning: 'A person decided what became of it; it counts no more.' },
}
export const OPEN_STATES: readonly IntentState[] = ['PREPARED', 'SENDING', 'ACKED', 'PARTIALLY_FILLED', 'CANCEL_SENT', 'UNKNOWN']
const ALL_STATES = Object.keys(ORDER_STATES) as IntentState[]

/** What the orders page shows: what works, all that was, trades, and what the venues hold that no bot owns. */
export type OrdersTab = 'working' | 'history' | 'fills' | 'external'
export const TABS: readonly { value: OrdersTab; label: string }[] = [
  { value: 'working', label: 'Working' },
  { value: 'history', label: 'History' },
  { value: 'fills', label: 'Fills' },
  { value: 'external', label: 'External' },
]
export const tabOf = (word: string | undefined): OrdersTab => TABS.find(({ value }) => value === word)?.value ?? 'working'

export const statesOn = (tab: OrdersTab): readonly IntentState[] => (tab === 'working' ? OPEN_STATES : ALL_STATES)

/** Return the states to ask for: the one chosen, where the tab has it; else all that work, or (none named) all. */
export function statesAsked(tab: OrdersTab, word: string | undefined): (IntentState | 'open')[] | undefined {
  const chosen = statesOn(tab).find((state) => state === word)
  if (chosen !== undefined) return [chosen]
  return tab === 'working' ? ['open'] : undefined
}

/** An order is under way for a moment; one that is longer is as open a question as one whose answer was lost. */
const LONG_MS = 60_000
/** Whether somebody should look: the venue may or may not hold the order, and that not just now. */
export function isInDoubt(order: { state: IntentState; updated_at: string }, now = Date.now()): boolean {
  return order.state === 'UNKNOWN' || (order.state === 'SENDING' && now - Date.parse(order.updated_at) > LONG_MS)
}
