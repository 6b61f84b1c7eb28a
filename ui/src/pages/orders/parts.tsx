/** Parts of an order as they stand in tables: its side, its state, its price. */
import { Badge, Tooltip } from '@mantine/core'
import { quantity } from '../../format/numbers'
import { ORDER_STATES, type IntentState } from './states'

/** Buy and sell by shape and word, and the colour after these. */
export function Side({ side }: { side: 'buy' | 'sell' }) {
  return <span className={side === 'buy' ? 'up' : 'down'}><span aria-hidden>{side === 'buy' ? '▲' : '▼'}</span> {side}</span>
}

export function OrderState({ state }: { state: IntentState }) {
  const { color, label, meaning } = ORDER_STATES[state]
  return <Tooltip label={meaning} openDelay={400} multiline maw={280}><Badge size="sm" radius="sm" variant={state === 'UNKNOWN' ? 'filled' : 'light'} color={color}>{label}</Badge></Tooltip>
}

interface Priced {
  type: string
  price?: string | null
  stop_price?: string | null
}
/** The limit, and the price that sets off a stop; a market order has none. */
export function Price({ order: { type, price = null, stop_price: stop = null } }: { order: Priced }) {
  if (price === null && stop === null) return <span className="quiet">{type === 'market' ? 'market' : '–'}</span>
  return <>{price !== null && quantity(price, 10)}{stop !== null && <span className="quiet">{price === null ? '' : ' '}stop {quantity(stop, 10)}</span>}</>
}

/** How much of a quantity has traded. */
export function Filled({ filled, of }: { filled: string; of: string }) {
  const share = Number(of) === 0 ? 0 : Number(filled) / Number(of)
  if (share === 0) return <span className="quiet">0</span>
  return <>{quantity(filled)}{share < 1 && <span className="quiet"> ({Math.floor(share * 100)} %)</span>}</>
}
