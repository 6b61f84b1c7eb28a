/** The figures above the list: what needs someone, the states, and one card for each mode and currency. Nothing is summed over them. */
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { memo, useMemo } from 'react'
import { api, bodyOf } from '../../api/client'
import { Money, Profit } from '../../components/Figures'
import { Spark } from '../../components/Spark'
import { MODES } from '../../domain/states'
import type { Total } from '../../domain/totals'
import { integer } from '../../format/numbers'
import type { FleetSearch } from './filter'
import classes from './fleet.module.css'
import type { Refine } from './hooks'
import type { View } from './listing'
import { StateBar } from './StateBar'
import { dayOf, keyOf, seriesOf, type Point, type Step } from './today'

interface Asking {
  search: FleetSearch
  refine: Refine
}

export function Figures({ view, search, refine }: Asking & { view: View }) {
  const { data } = useQuery({
    queryKey: ['portfolio', 'today'],
    queryFn: () => bodyOf(api.GET('/api/v1/portfolio/equity', { params: { query: { since: new Date(dayOf(Date.now())).toISOString(), points: 100 } } })),
    staleTime: Infinity, // what came later was seen
  })
  return (
    <section className={classes.figures} aria-label="Totals">
      {view.totals.map((total, place) => <TotalCard key={keyOf(total)} total={total} isFirst={place === 0} steps={data?.items} seen={view.today.get(keyOf(total))} />)}
      <Attention counts={view.counts} search={search} refine={refine} />
      <div className={`${classes.card ?? ''} ${classes.wide ?? ''}`}>
        <h2>Bots</h2>
        <StateBar counts={view.counts} search={search} refine={refine} />
      </div>
    </section>
  )
}

const TotalCard = memo(function TotalCard({ total, isFirst, steps, seen }: { total: Total; isFirst: boolean; steps: readonly Step[] | undefined; seen: readonly Point[] | undefined }) {
  const { mode, currency, bots, dayPnl, pnl, equity } = total
  const look = MODES[mode]
  return (
    <div className={`${classes.card ?? ''} ${isFirst ? (classes.wide ?? '') : ''}`}>
      <h2>
        <span className={classes.what}>PnL today</span>
        <span className={mode === 'live' ? classes.filled : classes.outlined} data-color={look.color} title={look.meaning}>{look.label}</span>
      </h2>
      <div className={classes.value}><Profit amount={dayPnl} currency={currency} /> <small className="quiet">{currency}</small></div>
      <div className={classes.below}>total <Profit amount={pnl} currency={currency} /> · {integer(bots)} {bots === 1 ? 'bot' : 'bots'}</div>
      <div className={classes.below}>equity <Money amount={equity} currency={currency} /></div>
      <div className={classes.spark}><TodaySpark total={total} steps={steps} seen={seen} /></div>
    </div>
  )
})

function TodaySpark({ total: { mode, currency }, steps, seen }: { total: Total; steps: readonly Step[] | undefined; seen: readonly Point[] | undefined }) {
  const series = useMemo(() => (steps === undefined || seen === undefined ? [] : seriesOf(steps, seen, { mode, currency })), [steps, seen, mode, currency])
  return <Spark series={series} label={`${MODES[mode].label}, ${currency}: profit over today`} zero />
}

const Attention = memo(function Attention({ counts: { failing, warning }, search, refine }: Asking & { counts: View['counts'] }) {
  const isOn = search.state === 'attention'
  const all = failing + warning
  return (
    <button type="button" className={classes.attention} aria-pressed={isOn} data-urgent={failing > 0 || undefined} onClick={() => refine({ state: isOn ? undefined : 'attention' })}>
      <h2>Needs attention</h2>
      <div className={classes.value}>{integer(all)} <small className="quiet">{all === 1 ? 'bot' : 'bots'}</small></div>
      {all === 0 ? <div className={classes.below}>No bot is in trouble.</div> : (
        <div className={classes.below}>
          {failing > 0 && <span className={classes.plain} data-color="red">✕ {integer(failing)} failing</span>}{' '}
          {warning > 0 && <span className={classes.plain} data-color="orange">▲ {integer(warning)} with a warning</span>}
        </div>
      )}
      <div className={classes.below}>{isOn ? 'Show all bots' : all === 0 ? '' : 'Show only these'}</div>
    </button>
  )
})

export function FiguresToCome() {
  return <div className={classes.figures} aria-hidden>{[0, 1, 2].map((card) => <Skeleton key={card} className={card === 1 ? '' : classes.wide} height={140} />)}</div>
}
