/** The trades in the bot's book, newest first. */
import { api, bodyOf } from '../../../api/client'
import { Panel } from '../../../components/Panel'
import { Empty, Failure, Loading } from '../../../components/Situations'
import { DataTable } from '../../../components/table/DataTable'
import { usePaged } from '../../../components/table/usePaged'
import { COLUMNS, keyOf } from '../../orders/FillTable'
import { botKey } from '../useBot'

const OWN = COLUMNS.filter(({ key }) => key !== 'bot' && key !== 'venue').map((column) => (column.key === 'market' ? { ...column, isExtra: false } : column))

export function FillsTab({ botId }: { botId: string }) {
  const paged = usePaged({
    queryKey: [...botKey(botId), 'fills', 'pages'],
    load: (cursor) => bodyOf(api.GET('/api/v1/bots/{bot_id}/fills', { params: { path: { bot_id: botId }, query: { limit: 100, ...(cursor !== undefined && { cursor }) } } })),
    keyOf,
    events: ['fill'],
  })
  if (paged.isLoading) return <Loading rows={8} />
  if (paged.error !== null) return <Failure error={paged.error} retry={paged.refresh} />
  if (paged.rows.length === 0) return <Empty title="It has traded nothing yet">Every trade of its orders appears here as it happens.</Empty>
  return <Panel title="Fills"><DataTable label="Fills" columns={OWN} rows={paged.rows} keyOf={keyOf} paged={paged} /></Panel>
}
