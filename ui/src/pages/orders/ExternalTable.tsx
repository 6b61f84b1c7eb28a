/** Working orders that no bot owns, by account, as the venues tell them now. Some may be claimed for a bot. */
import { Button, Stack, Text } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../api/client'
import { ModeBadge } from '../../components/Badges'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { useWords } from '../../components/table/useWords'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { quantity } from '../../format/numbers'
import { claim, type External } from './decide'
import { Filled, Price, Side } from './parts'

const EVERY_MS = 20_000 // each look is a request to the venue

const columnsOf = (account: string, claimed: () => void): readonly Column<External>[] => [
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, value: ({ instrument }) => instrument, phone: 'title' },
  { key: 'side', head: 'Side', cell: ({ side }) => <Side side={side} />, value: ({ side }) => side, phone: 'title' },
  { key: 'type', head: 'Type', cell: ({ type }) => type, value: ({ type }) => type, phone: 'hide' },
  { key: 'quantity', head: 'Quantity', cell: (order) => quantity(order.quantity), value: (order) => Number(order.quantity), align: 'right' },
  { key: 'filled', head: 'Filled', cell: ({ filled, quantity: of }) => <Filled filled={filled} of={of} />, value: ({ filled }) => Number(filled), align: 'right' },
  { key: 'price', head: 'Price', cell: (order) => <Price order={order} />, value: ({ price, stop_price: stop }) => Number(price ?? stop ?? 0), align: 'right' },
  { key: 'id', head: 'Venue’s id', cell: ({ venue_order_id: id }) => <span className="mono">{id}</span>, isExtra: true },
  { key: 'at', head: 'Since', cell: ({ market_time: at }) => <Moment at={at} />, value: ({ market_time: at }) => at },
  {
    key: 'claim', head: 'Claim', phone: 'bare',
    cell: (order) => order.claimable
      ? <Button size="compact-xs" variant="default" onClick={() => void claim(account, order).then((isClaimed) => { if (isClaimed) claimed() })}>Claim for a bot…</Button>
      : <span className="quiet">{order.reason === '' ? 'no bot may' : order.reason}</span>,
  },
]

export function ExternalTable() {
  const [{ venue }] = useWords()
  const accounts = useQuery({ queryKey: ['accounts'], queryFn: () => bodyOf(api.GET('/api/v1/accounts')) })
  const shown = accounts.data?.items.filter(({ account }) => venue === undefined || account === venue) ?? []
  const asked = useQueries({
    queries: shown.map(({ account }) => ({
      queryKey: ['external', account],
      refetchInterval: EVERY_MS,
      queryFn: () => bodyOf(api.GET('/api/v1/accounts/{account}/orders', { params: { path: { account } } })),
    })),
  })
  if (accounts.isPending) return <Loading rows={6} />
  if (accounts.isError) return <Failure error={accounts.error} retry={() => void accounts.refetch()} />
  if (shown.length === 0) return <Empty title="No account is like that">Change or clear the filters above.</Empty>
  return (
    <Stack gap="sm">
      <Text size="sm" className="quiet">Orders at the venues that no bot owns: placed by hand, or by something else. styrman never touches them unless one is claimed for a bot.</Text>
      {shown.map(({ account, mode }, at) => {
        const { data, error, isPending = true, refetch } = asked[at] ?? {}
        return (
          <Panel key={account} title={account} aside={<ModeBadge mode={mode} />}>
            {isPending ? <Loading rows={2} /> : data === undefined ? <Failure error={error} retry={() => void refetch?.()} />
              : data.items.length === 0 ? <Text size="sm" className="quiet" py={6}>None: every order at this venue is a bot&rsquo;s.</Text>
                : <DataTable label={`External orders of ${account}`} columns={columnsOf(account, () => void refetch?.())} rows={data.items} keyOf={({ venue_order_id: id, instrument }) => `${instrument} ${id}`} />}
          </Panel>
        )
      })}
    </Stack>
  )
}
