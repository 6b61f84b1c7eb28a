/** The fleet: totals, what needs attention, and every bot. */
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { memo, useEffect, useSyncExternalStore } from 'react'
import { later } from '../../components/later'
import { PageTitle } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { useFreshness } from '../../live/hooks'
import { live } from '../../live/live'
import { Figures, FiguresToCome } from './Figures'
import { filtersIn, withoutFilters, type FleetSearch } from './filter'
import { Filters } from './Filters'
import classes from './fleet.module.css'
import { Grid } from './Grid'
import { useFleetSearch, useListing, useSelected, type Refine } from './hooks'
import type { Listing, View } from './listing'
import { selection } from './selection'
import { Welcome } from './Welcome'

const BulkBar = later(() => import('./BulkBar'), 'BulkBar')

export function FleetPage() {
  const [search, refine] = useFleetSearch()
  const { listing, view } = useListing(search)
  const isLoading = useFreshness().state === 'loading'
  const problem = useSyncExternalStore(live.watch, () => live.problem)
  if (problem !== undefined && view.all.length === 0) return <><PageTitle>Fleet</PageTitle><Failure error={problem} /></>
  if (isLoading) return <div className={classes.page}><Title /><FiguresToCome /><Loading rows={12} height={40} /></div>
  if (view.all.length === 0) return <Welcome />
  return <Fleet search={search} refine={refine} listing={listing} view={view} />
}

const Title = memo(function Title() {
  const add = <Button size="xs" leftSection={<Plus size={15} />} renderRoot={(props) => <Link to="/new" {...props} />}>New bot</Button>
  return <PageTitle aside={add}>Fleet</PageTitle>
})

function Fleet({ search, refine, listing, view }: { search: FleetSearch; refine: Refine; listing: Listing; view: View }) {
  const selected = useSelected()
  useEffect(() => selection.keep((id) => live.fleet.bot(id) !== undefined), [view.all.length])
  return (
    <div className={classes.page}>
      <Title />
      <Figures view={view} search={search} refine={refine} />
      <div>
        <Filters search={search} refine={refine} options={view.options} shown={view.shown.length} all={view.all.length} />
        {view.shown.length === 0 ? <NoMatch search={search} /> : <Grid view={view} search={search} listing={listing} selected={selected} />}
      </div>
      <BulkBar selected={selected} shown={view.shown} />
    </div>
  )
}

function NoMatch({ search }: { search: FleetSearch }) {
  const clear = (
    <Button size="xs" variant="default" renderRoot={(props) => <Link to="/" search={withoutFilters(search)} replace resetScroll={false} {...props} />}>
      Clear {filtersIn(search) === 1 ? 'the filter' : 'the filters'}
    </Button>
  )
  return <Empty title="No bot matches" action={clear}>{search.state === 'attention' ? 'No bot that passes the filter needs attention.' : 'There are bots, but none passes the filter.'}</Empty>
}
