/** Orders of which nobody knows whether the venue holds them: above all others, with what a person can do. */
import { Alert, Anchor, Text } from '@mantine/core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleHelp } from 'lucide-react'
import { useEffect } from 'react'
import { api, bodyOf } from '../../api/client'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { gently } from '../../components/table/pages'
import { Moment } from '../../components/Moment'
import { quantity } from '../../format/numbers'
import { live } from '../../live/live'
import { Decision, Moves } from './Moves'
import type { OrderView } from './OrderTable'
import { OrderState, Price, Side } from './parts'
import { isInDoubt } from './states'

const MOST = 50
const COLUMNS: readonly Column<OrderView>[] = [
  { key: 'bot', head: 'Bot', cell: ({ bot_id: id }) => <BotLink id={id} tab="orders" />, phone: 'title' },
  { key: 'state', head: 'State', cell: ({ state }) => <OrderState state={state} />, phone: 'title' },
  { key: 'order', head: 'Order', cell: (order) => <><Side side={order.side} /> {quantity(order.quantity)} {order.instrument} <span className="quiet">at</span> <Price order={order} /></> },
  { key: 'since', head: 'Since', cell: ({ updated_at: at }) => <Moment at={at} /> },
  { key: 'venue', head: 'Venue', cell: ({ account }) => account, phone: 'hide' },
  { key: 'reason', head: 'Why', cell: ({ reason }) => reason, isExtra: true },
  { key: 'decide', head: 'You looked, and', cell: (order) => <Decision order={order} />, phone: 'bare' },
]

export function Doubtful() {
  const { data } = useDoubtful()
  const orders = data?.filter((order) => isInDoubt(order)) ?? []
  if (orders.length === 0) return null
  return (
    <Alert color="red" variant="outline" icon={<CircleHelp size={18} />} title={`${orders.length === MOST ? `${MOST} or more orders` : orders.length === 1 ? 'One order' : `${orders.length} orders`} in doubt`} mb="sm">
      <Text size="sm" mb="xs">
        The answer to these was lost: the venue may or may not hold them. styrman looks for each until it is found or proven absent, and sends nothing that adds to the position
        there meanwhile. Where it cannot find out, look at the venue and decide. Earlier decisions:{' '}
        <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/orders" search={{ tab: 'history', state: 'MANUAL' }} {...props} />}>all that were decided</Anchor>.
      </Text>
      <DataTable label="Orders in doubt" columns={COLUMNS} rows={orders} keyOf={({ intent_id: id }) => id} open={(order) => <Moves order={order} canDecide={false} />} />
    </Alert>
  )
}

function useDoubtful() {
  const queries = useQueryClient()
  useEffect(() => {
    const { ask, stop } = gently(() => void queries.invalidateQueries({ queryKey: ['doubtful'] }), 2000)
    const leave = [live.on('order', ask), live.on('resync', ask)]
    return () => {
      stop()
      leave.forEach((each) => each())
    }
  }, [queries])
  return useQuery({
    queryKey: ['doubtful'],
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
    queryFn: async () => (await bodyOf(api.GET('/api/v1/orders', { params: { query: { state: ['UNKNOWN', 'SENDING'], limit: MOST } } }))).items,
  })
}
