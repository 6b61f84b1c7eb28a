/** Lists of the system page: market data, what was asked of many bots lately, versions. */
import { Badge, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Fragment, useEffect } from 'react'
import { api, bodyOf, type Operation } from '../../api/client'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { Failure, Loading } from '../../components/Situations'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { gently } from '../../components/table/pages'
import { integer } from '../../format/numbers'
import { span } from '../../format/times'
import { live } from '../../live/live'
import type { FeedHealth } from './readings'
import classes from './system.module.css'

const FEEDS: readonly Column<FeedHealth>[] = [
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, value: ({ instrument }) => instrument, phone: 'title' },
  { key: 'timeframe', head: 'Timeframe', cell: ({ timeframe }) => timeframe, value: ({ timeframe }) => timeframe, phone: 'title' },
  { key: 'venue', head: 'Venue', cell: ({ venue }) => venue, value: ({ venue }) => venue },
  { key: 'readers', head: 'Bots', cell: ({ readers }) => integer(readers), value: ({ readers }) => readers, align: 'right' },
  { key: 'candles', head: 'Candles', cell: ({ candles }) => integer(candles), value: ({ candles }) => candles, align: 'right' },
  { key: 'staleness', head: 'Late by', cell: ({ staleness }) => (staleness === 0 ? <span className="quiet">0 s</span> : span(staleness)), value: ({ staleness }) => staleness, align: 'right' },
  { key: 'gaps', head: 'Gaps filled', cell: ({ gaps }) => integer(gaps), value: ({ gaps }) => gaps, align: 'right' },
  { key: 'late', head: 'Too late, left out', cell: ({ late }) => integer(late), value: ({ late }) => late, align: 'right' },
]

export function Feeds({ feeds }: { feeds: readonly FeedHealth[] }) {
  return (
    <Panel title="Market data">
      {feeds.length === 0
        ? <Text size="sm" className="quiet" py={6}>Nothing is followed: no running bot reads candles.</Text>
        : <DataTable label="Market data" columns={FEEDS} rows={feeds} keyOf={({ venue, instrument, timeframe }) => `${venue} ${instrument} ${timeframe}`} />}
    </Panel>
  )
}

const STATE_COLOR: Record<Operation['state'], string> = { running: 'blue', succeeded: 'teal', failed: 'red' }
const OPERATIONS: readonly Column<Operation>[] = [
  { key: 'action', head: 'Action', cell: ({ action }) => <strong>{action}</strong>, value: ({ action }) => action, phone: 'title' },
  { key: 'state', head: 'State', cell: ({ state }) => <Badge size="sm" radius="sm" variant="light" color={STATE_COLOR[state]}>{state}</Badge>, value: ({ state }) => state, phone: 'title' },
  { key: 'done', head: 'Done', cell: ({ done, total, failed }) => <>{integer(done)} of {integer(total)}{failed > 0 && <strong className="down">, {integer(failed)} failed</strong>}</>, value: ({ done }) => done, align: 'right' },
  { key: 'actor', head: 'By', cell: ({ actor }) => actor, value: ({ actor }) => actor },
  { key: 'reason', head: 'Why', cell: ({ reason }) => (reason === '' ? <span className="quiet">–</span> : <bdi className="why">{reason}</bdi>) },
  { key: 'at', head: 'Asked', cell: ({ at }) => <Moment at={at} />, value: ({ at }) => at },
  { key: 'took', head: 'Took', cell: ({ at, finished_at: end }) => (end == null ? <span className="quiet">under way</span> : span((Date.parse(end) - Date.parse(at)) / 1000)), align: 'right' },
]

export function RecentOperations() {
  const queries = useQueryClient()
  useEffect(() => {
    const { ask, stop } = gently(() => void queries.invalidateQueries({ queryKey: ['operations'] }), 2000)
    const leave = live.on('operation', ask)
    return () => {
      stop()
      leave()
    }
  }, [queries])
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['operations'], queryFn: () => bodyOf(api.GET('/api/v1/operations', { params: { query: { limit: 20 } } })) })
  return (
    <Panel title="Recent operations">
      {isPending ? <Loading rows={3} /> : data === undefined ? <Failure error={error} retry={() => void refetch()} />
        : data.items.length === 0 ? <Text size="sm" className="quiet" py={6}>None yet: nobody asked many bots, or one, for anything that takes time.</Text>
          : <DataTable label="Recent operations" columns={OPERATIONS} rows={data.items} keyOf={({ id }) => id} open={(operation) => <Errors operation={operation} />} />}
    </Panel>
  )
}

function Errors({ operation }: { operation: Operation }) {
  const errors = Object.entries(operation.errors ?? {})
  if (errors.length === 0) return <Text size="sm" className="quiet">Nothing of it failed. Operation <span className="mono">{operation.id}</span>.</Text>
  return <dl className={classes.facts}>{errors.map(([id, why]) => <Fragment key={id}><dt><BotLink id={id} /></dt><dd>{why}</dd></Fragment>)}</dl>
}

export function Versions({ version, python, profile, versions }: { version: string; python: string; profile: string; versions: Record<string, string> }) {
  const all = [['styrman', version], ['profile', profile], ['Python', python], ...Object.entries(versions)]
  return <Panel title="Versions"><dl className={classes.versions}>{all.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl></Panel>
}
