/** Equity and drawdown over a chosen time; its last point is the equity of now. */
import { SegmentedControl, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { api, bodyOf } from '../../../api/client'
import { patiently } from '../../../components/patience'
import { Panel } from '../../../components/Panel'
import { Empty, Failure } from '../../../components/Situations'
import type { BotRow } from '../../../live/rows'
import classes from '../bot.module.css'
import { botKey } from '../useBot'
import { curveOf, RANGES, type RangeName } from './drawdown'

const EquityChart = lazy(() => patiently(() => import('../../../components/charts/EquityChart')).then((loaded) => ({ default: loaded.EquityChart })))
const POINTS = 500
const POLL_MS = 30_000

export function EquityPanel({ bot }: { bot: BotRow }) {
  const [range, setRange] = useState<RangeName>('24 h')
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey: [...botKey(bot.id), 'equity', range],
    queryFn: async () => {
      const seconds = RANGES[range]
      const since = seconds === undefined ? {} : { since: new Date(Date.now() - seconds * 1000).toISOString() }
      return (await bodyOf(api.GET('/api/v1/bots/{bot_id}/equity', { params: { path: { bot_id: bot.id }, query: { ...since, limit: POINTS } } }))).items
    },
    refetchInterval: POLL_MS,
  })
  // The live end moves when the points are asked for, not with every tick: nobody sees a second on a day's chart.
  // eslint-disable-next-line react-hooks/exhaustive-deps -- as told above
  const curve = useMemo(() => curveOf(data ?? [], { at: dataUpdatedAt / 1000, equity: bot.equity }), [data, dataUpdatedAt])
  const picks = <SegmentedControl size="xs" aria-label="Range" data={Object.keys(RANGES)} value={range} onChange={(value) => setRange(value as RangeName)} />
  return (
    <Panel title="Equity" aside={picks}>
      <div className={classes.chart}>
        {data === undefined && (error === null ? <Skeleton h="100%" /> : <Failure error={error} retry={() => void refetch()} />)}
        {data !== undefined && curve.times.length < 2 && <Empty title="No equity recorded in this time">A point is kept every minute while the bot runs.</Empty>}
        {curve.times.length >= 2 && <Suspense fallback={<Skeleton h="100%" />}><EquityChart name={bot.id} currency={bot.currency} curve={curve} /></Suspense>}
      </div>
    </Panel>
  )
}
