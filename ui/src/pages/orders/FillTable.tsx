/** Trades in all bots' books, newest first. */
import { useQueryClient } from '@tanstack/react-query'
import { api, bodyOf, type Schemas } from '../../api/client'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { usePaged } from '../../components/table/usePaged'
import { useWords } from '../../components/table/useWords'
import { Moment } from '../../components/Moment'
import { Empty, Failure, Loading } from '../../components/Situations'
import { money, quantity } from '../../format/numbers'
import { quoteOf } from '../../format/instruments'
import { Side } from './parts'

type FillView = Schemas['FillView']

export const COLUMNS: readonly Column<FillView>[] = [
  { key: 'bot', head: 'Bot', cell: ({ bot_id: id }) => <BotLink id={id} tab="fills" />, value: ({ bot_id: id }) => id, phone: 'title' },
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, value: ({ instrument }) => instrument, phone: 'title' },
  { key: 'side', head: 'Side', cell: ({ side }) => <Side side={side} />, value: ({ side }) => side },
  { key: 'quantity', head: 'Quantity', cell: (fill) => quantity(fill.quantity), value: (fill) => Number(fill.quantity), align: 'right' },
  { key: 'price', head: 'Price', cell: ({ price }) => quantity(price, 10), value: ({ price }) => Number(price), align: 'right' },
  { key: 'value', head: 'Value', cell: (fill) => <>{money(valueOf(fill))} <span className="quiet">{quoteOf(fill.instrument)}</span></>, value: valueOf, align: 'right' },
  { key: 'fee', head: 'Fee', cell: ({ fee, fee_currency: currency }) => <>{quantity(fee, 4)} <span className="quiet">{currency}</span></>, value: ({ fee }) => Number(fee), align: 'right', phone: 'hide' },
  { key: 'maker', head: 'As', cell: ({ maker }) => (maker ? 'maker' : 'taker'), value: ({ maker }) => Number(maker), phone: 'hide' },
  { key: 'venue', head: 'Venue', cell: ({ account }) => account, value: ({ account }) => account, phone: 'hide' },
  { key: 'market', head: 'At the venue', cell: ({ market_time: at }) => <Moment at={at} />, value: ({ market_time: at }) => at, isExtra: true },
  { key: 'at', head: 'Booked', cell: ({ at }) => <Moment at={at} />, value: ({ at }) => at },
]

function valueOf(fill: FillView): number {
  return Number(fill.quantity) * Number(fill.price)
}
// A venue's trade ids count by instrument: only together do they name one trade.
export const keyOf = (fill: FillView) => `${fill.account} ${fill.instrument} ${fill.trade_id} ${fill.intent_id}`

export function FillTable() {
  const [{ bot, venue, instrument }] = useWords()
  const queries = useQueryClient()
  const filter = { bots: bot ?? '', venue: venue ?? '', instrument: instrument ?? '' }
  const paged = usePaged({
    queryKey: ['fills', filter],
    load: (cursor) => bodyOf(api.GET('/api/v1/fills', { params: { query: { ...filter, ...(cursor !== undefined && { cursor }), limit: 100 } } })),
    keyOf,
    events: ['fill'],
  })
  if (paged.isLoading) return <Loading rows={10} />
  if (paged.error !== null) return <Failure error={paged.error} retry={() => void queries.resetQueries({ queryKey: ['fills'] })} />
  if (paged.rows.length === 0) {
    const isFiltered = Object.values(filter).some((word) => word !== '')
    return isFiltered ? <Empty title="No fill is like that">Change or clear the filters above.</Empty> : <Empty title="Nothing has traded yet">Every trade of a bot&rsquo;s order appears here as it happens.</Empty>
  }
  return <DataTable label="Fills" columns={COLUMNS} rows={paged.rows} keyOf={keyOf} paged={paged} />
}
