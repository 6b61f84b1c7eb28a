/** What came to an account or left it without a trade: deposits, withdrawals, funding and whose it was. */
import { Select, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf, type Schemas } from '../../api/client'
import { Profit } from '../../components/Figures'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { Failure, Loading } from '../../components/Situations'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { usePaged } from '../../components/table/usePaged'
import { useWords } from '../../components/table/useWords'
import { quantity } from '../../format/numbers'

type Flow = Schemas['CashFlowView']

const COLUMNS: readonly Column<Flow>[] = [
  { key: 'kind', head: 'Kind', cell: ({ kind }) => kind, value: ({ kind }) => kind, phone: 'title' },
  { key: 'amount', head: 'Amount', cell: ({ amount, currency }) => <Profit amount={Number(amount)} currency={currency} withCurrency />, value: ({ amount }) => Number(amount), align: 'right' },
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument ?? '–', value: ({ instrument }) => instrument ?? '' },
  { key: 'shares', head: 'Whose', cell: ({ shares, currency }) => <Shares shares={shares} currency={currency} /> },
  { key: 'market', head: 'At the venue', cell: ({ market_time: at }) => <Moment at={at} />, value: ({ market_time: at }) => at, phone: 'hide' },
  { key: 'at', head: 'Booked', cell: ({ at }) => <Moment at={at} />, value: ({ at }) => at },
]

export function CashFlows() {
  const [words, change] = useWords()
  const { data } = useQuery({ queryKey: ['accounts'], queryFn: () => bodyOf(api.GET('/api/v1/accounts')) })
  const names = data?.items.map(({ account }) => account) ?? []
  const account = names.find((name) => name === words.account) ?? names[0]
  const pick = names.length > 1 && <Select size="xs" w={160} aria-label="Account" allowDeselect={false} data={names} value={account ?? null} onChange={(value) => change({ account: value ?? undefined })} />
  return <Panel title="Cash flows" aside={pick}>{account === undefined ? <Loading rows={2} /> : <Flows account={account} />}</Panel>
}

function Flows({ account }: { account: string }) {
  const queries = useQueryClient()
  const paged = usePaged({
    queryKey: ['flows', account],
    load: (cursor) => bodyOf(api.GET('/api/v1/accounts/{account}/cash-flows', { params: { path: { account }, query: { limit: 50, ...(cursor !== undefined && { cursor }) } } })),
    keyOf: ({ id }) => id,
    events: ['bot.state'],
  })
  if (paged.isLoading) return <Loading rows={2} />
  if (paged.error !== null) return <Failure error={paged.error} retry={() => void queries.resetQueries({ queryKey: ['flows'] })} />
  if (paged.rows.length === 0) return <Text size="sm" className="quiet" py="sm">Nothing came to account {account} or left it without a trade.</Text>
  return <DataTable label={`Cash flows of ${account}`} columns={COLUMNS} rows={paged.rows} keyOf={({ id }) => id} paged={paged} />
}

function Shares({ shares, currency }: { shares: Flow['shares']; currency: string }) {
  const bots = Object.entries(shares)
  if (bots.length === 0) return <span className="quiet">external</span>
  return <>{bots.map(([id, share]) => <div key={id}><BotLink id={id} /> <span className="quiet">{quantity(share)} {currency}</span></div>)}</>
}
