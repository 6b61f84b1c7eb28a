/** Orders of all bots: those that work, or all there were; each opens to the moves of its intent. */
import { useQueryClient } from '@tanstack/react-query'
import { api, bodyOf, type Schemas } from '../../api/client'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { usePaged } from '../../components/table/usePaged'
import { useWords } from '../../components/table/useWords'
import { Moment } from '../../components/Moment'
import { Empty, Failure, Loading } from '../../components/Situations'
import { quantity } from '../../format/numbers'
import { Moves } from './Moves'
import { Filled, OrderState, Price, Side } from './parts'
import { statesAsked, type OrdersTab } from './states'

export type OrderView = Schemas['OrderView']

export const COLUMNS: readonly Column<OrderView>[] = [
  { key: 'bot', head: 'Bot', cell: ({ bot_id: id }) => <BotLink id={id} tab="orders" />, value: ({ bot_id: id }) => id, phone: 'title' },
  { key: 'state', head: 'State', cell: ({ state }) => <OrderState state={state} />, value: ({ state }) => state, phone: 'title' },
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, value: ({ instrument }) => instrument },
  { key: 'side', head: 'Side', cell: ({ side }) => <Side side={side} />, value: ({ side }) => side },
  { key: 'type', head: 'Type', cell: ({ type, time_in_force: force }) => <>{type}{force !== 'gtc' && <span className="quiet"> {force}</span>}</>, value: ({ type }) => type, phone: 'hide' },
  { key: 'quantity', head: 'Quantity', cell: (order) => quantity(order.quantity), value: (order) => Number(order.quantity), align: 'right' },
  { key: 'filled', head: 'Filled', cell: ({ filled, quantity: of }) => <Filled filled={filled} of={of} />, value: ({ filled }) => Number(filled), align: 'right' },
  { key: 'price', head: 'Price', cell: (order) => <Price order={order} />, value: ({ price, stop_price: stop }) => Number(price ?? stop ?? 0), align: 'right' },
  { key: 'venue', head: 'Venue', cell: ({ account }) => account, value: ({ account }) => account, phone: 'hide' },
  { key: 'origin', head: 'Why', cell: ({ origin, reason }) => <>{origin}{reason !== '' && <span className="quiet"> · {reason}</span>}</>, value: ({ origin }) => origin, isExtra: true },
  { key: 'created', head: 'Sent', cell: ({ created_at: at }) => <Moment at={at} />, value: ({ created_at: at }) => at },
  { key: 'at', head: 'Changed', cell: ({ updated_at: at }) => <Moment at={at} short />, value: ({ updated_at: at }) => at, isExtra: true },
]
const keyOf = (order: OrderView) => order.intent_id

export function OrderTable({ tab }: { tab: Extract<OrdersTab, 'working' | 'history'> }) {
  const [{ state, bot, venue, instrument, q }] = useWords()
  const queries = useQueryClient()
  const states = statesAsked(tab, state)
  const filter = { bots: bot ?? '', venue: venue ?? '', instrument: instrument ?? '', q: q ?? '' }
  const paged = usePaged({
    queryKey: ['orders', states ?? 'all', filter],
    load: (cursor) => bodyOf(api.GET('/api/v1/orders', { params: { query: { ...filter, ...(states && { state: states }), ...(cursor !== undefined && { cursor }), limit: 100 } } })),
    keyOf,
    events: ['order', 'fill'],
  })
  if (paged.isLoading) return <Loading rows={10} />
  if (paged.error !== null) return <Failure error={paged.error} retry={() => void queries.resetQueries({ queryKey: ['orders'] })} />
  if (paged.rows.length === 0) return <NoOrders tab={tab} isFiltered={state !== undefined || Object.values(filter).some((word) => word !== '')} />
  return <DataTable label={tab === 'working' ? 'Working orders' : 'Orders'} columns={COLUMNS} rows={paged.rows} keyOf={keyOf} paged={paged} open={(order) => <Moves order={order} />} />
}

function NoOrders({ tab, isFiltered }: { tab: OrdersTab; isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No order is like that">Change or clear the filters above.</Empty>
  if (tab === 'working') return <Empty title="No order works now">Orders appear here the moment a bot sends one. What became of earlier ones is under History.</Empty>
  return <Empty title="No order was sent yet">Once a bot trades, every order stays here, with all that became of it.</Empty>
}
