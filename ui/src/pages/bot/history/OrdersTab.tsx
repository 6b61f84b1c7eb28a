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
  return (
    <Stack gap="sm">
      <Panel title="Working"><Listed botId={botId} states="open" /></Panel>
      <Panel title="All orders"><Listed botId={botId} states="all" /></Panel>
    </Stack>
  )
}

function Listed({ botId, states }: { botId: string; states: 'open' | 'all' }) {
  const paged = useOrders(botId, states)
  if (paged.isLoading) return <Loading rows={4} />
  if (paged.error !== null) return <Failure error={paged.error} retry={paged.refresh} />
  if (paged.rows.length === 0) return states === 'open' ? <Text size="sm" className="quiet">No order of it works now.</Text> : <Empty title="It has sent no order yet">Once it trades, every order stays here, with all that became of it.</Empty>
  return <DataTable label={states === 'open' ? 'Working orders' : 'All orders'} columns={OWN} rows={paged.rows} keyOf={keyOf} paged={paged} open={(order) => <Moves order={order} />} />
}
