/** One order in full: its ids, and every move that its intent made, with time and reason. */
import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import { api, bodyOf, type Schemas } from '../../api/client'
import { Failure } from '../../components/Situations'
import { Moment } from '../../components/Moment'
import { decide } from './decide'
import classes from './orders.module.css'
import { OrderState } from './parts'
import { isInDoubt } from './states'

type OrderView = Schemas['OrderView']

export function Moves({ order, canDecide = true }: { order: OrderView; canDecide?: boolean }) {
  const { bot_id: bot, intent_id: id } = order
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['intent', bot, id, order.updated_at],
    placeholderData: (before) => before,
    queryFn: async () => {
      const { items } = await bodyOf(api.GET('/api/v1/bots/{bot_id}/intents', { params: { path: { bot_id: bot }, query: { q: id, limit: 10 } } }))
      return items.find((each) => each.intent_id === id) ?? null
    },
  })
  if (error !== null && data === undefined) return <Failure error={error} retry={() => void refetch()} />
  return (
    <div className={classes.inside}>
      <Ids order={order} notAfter={data?.not_after} />
      <div>
        <Text size="xs" fw={600} mb={4}>Moves</Text>
        {isPending && <Text size="sm" className="quiet" role="status">Asking for its moves…</Text>}
        {data === null && <Text size="sm" className="quiet">Its moves are not in the journal any more.</Text>}
        <ol className={classes.moves}>
          {data?.history.map(({ state, at, reason }) => (
            <li key={`${state} ${at}`}><Moment at={at} /> <OrderState state={state} /> <span className="quiet">{reason}</span></li>
          ))}
        </ol>
        {canDecide && isInDoubt(order) && <Decision order={order} />}
      </div>
    </div>
  )
}

function Ids({ order, notAfter }: { order: OrderView; notAfter: string | undefined }) {
  const flags = [order.time_in_force, order.post_only && 'post only', order.reduce_only && 'reduce only'].filter(Boolean).join(', ')
  const facts: [string, React.ReactNode][] = [
    ['Our id', <span className="mono" key="c">{order.client_order_id}</span>],
    ['Venue’s id', order.venue_order_id === null ? 'none yet' : <span className="mono" key="v">{order.venue_order_id}</span>],
    ['Key in the plan', order.key ?? '–'],
    ['Origin', order.origin],
    ['Terms', flags],
    ['Run', <span className="mono" key="r">{order.run_id}</span>],
    ['Journaled', <Moment at={order.created_at} key="m" />],
    ['Venue refuses it after', <Moment at={notAfter} key="n" />],
  ]
  return <dl className={classes.facts}>{facts.map(([term, fact]) => <Fragment key={term}><dt>{term}</dt><dd>{fact}</dd></Fragment>)}</dl>
}

/** Say what became of an order in doubt: only a person who looked at the venue can. */
export function Decision({ order }: { order: OrderView }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={() => void decide(order, 'placed')}>It was placed…</Button>
      <Button size="compact-xs" variant="default" onClick={() => void decide(order, 'not_placed')}>It was not placed…</Button>
    </Group>
  )
}
