/** The bot's orders: those that work, and all there were; each opens to the moves of its intent. */
import { Stack, Text } from '@mantine/core'
import { api, bodyOf, type Schemas } from '../../../api/client'
import { Panel } from '../../../components/Panel'
import { Empty, Failure, Loading } from '../../../components/Situations'
import { DataTable } from '../../../components/table/DataTable'
import { usePaged } from '../../../components/table/usePaged'
import { Moves } from '../../orders/Moves'
import { COLUMNS } from '../../orders/OrderTable'
import { botKey } from '../useBot'

type OrderView = Schemas['OrderView']

const OWN = COLUMNS.filter(({ key }) => key !== 'bot' && key !== 'venue')
const keyOf = (order: OrderView) => order.intent_id

function useOrders(botId: string, states: 'open' | 'all') {
  return usePaged({
    queryKey: [...botKey(botId), 'orders', states],
    load: (cursor) => bodyOf(api.GET('/api/v1/orders', {
      params: { query: { bots: botId, limit: 100, ...(states === 'open' && { state: ['open' as const] }), ...(cursor !== undefined && { cursor }) } },
    })),
    keyOf,
    events: ['order', 'fill'],
  })
}

export function OrdersTab({ botId }: { botId: string }) {
  const open = useOrders(botId, 'open')
  const all = useOrders(botId, 'all')
  if (open.isLoading || all.isLoading) return <Loading rows={10} /> // one after the other they would push each other down
  return (
    <Stack gap="sm">
      <Panel title="Working" mih={160}><Listed paged={open} states="open" /></Panel>
      <Panel title="All orders"><Listed paged={all} states="all" /></Panel>
    </Stack>
  )
}

function Listed({ paged, states }: { paged: ReturnType<typeof useOrders>; states: 'open' | 'all' }) {
  if (paged.error !== null) return <Failure error={paged.error} retry={paged.refresh} />
  if (paged.rows.length === 0) return states === 'open' ? <Text size="sm" className="quiet">No order of it works now.</Text> : <Empty title="It has sent no order yet">Once it trades, every order stays here, with all that became of it.</Empty>
  return <DataTable label={states === 'open' ? 'Working orders' : 'All orders'} columns={OWN} rows={paged.rows} keyOf={keyOf} paged={paged} open={(order) => <Moves order={order} />} />
}
