/** New bot: pick a strategy, fill in the form, check, create. The step is in the address, the draft in this tab. */
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { PageTitle } from '../../components/Panel'
import { Failure, Loading } from '../../components/Situations'
import { strategiesQuery, venuesQuery } from '../../forms/catalogue'
import { fieldsOf } from '../../forms/schema'
import type { JsonObject } from '../../forms/json'
import { readBot, specOf } from '../../forms/spec/specRequests'
import type { Strategy, Venue } from '../../forms/spec/SpecFields'
import { DraftForm } from './DraftForm'
import { copyDraft, draftOf, storedDraft } from './draft'
import { PickStrategy } from './PickStrategy'

export function NewBotPage() {
  const { strategy, copy } = useSearch({ from: '/new' })
  const strategies = useQuery(strategiesQuery)
  const venues = useQuery(venuesQuery)
  const failed = [strategies, venues].find(({ isError }) => isError)
  if (failed !== undefined) return <Titled><Failure error={failed.error} retry={() => void Promise.all([strategies.refetch(), venues.refetch()])} /></Titled>
  if (strategies.data === undefined || venues.data === undefined) return <Titled><Loading rows={4} height={110} /></Titled>
  if (copy !== undefined) return <Copy key={copy} id={copy} strategies={strategies.data} venues={venues.data} />
  if (strategy === undefined) return <PickStrategy strategies={strategies.data} />
  const known = strategies.data.map(({ name, parameters }) => ({ name, fields: fieldsOf(parameters as JsonObject | null) }))
  const draft = draftOf(strategy, storedDraft(sessionStorage), known, venues.data.map(({ name }) => name))
  return <DraftForm key={strategy} begun={draft} strategies={strategies.data} venues={venues.data} />
}

function Copy({ id, strategies, venues }: { id: string; strategies: readonly Strategy[]; venues: readonly Venue[] }) {
  const original = useQuery({ queryKey: ['copied', id], queryFn: () => readBot(id), staleTime: Infinity })
  if (original.isError) return <Titled><Failure error={original.error} retry={() => void original.refetch()} /></Titled>
  if (original.data === undefined) return <Titled><Loading rows={4} height={110} /></Titled>
  return <DraftForm begun={copyDraft(id, specOf(original.data.bot), storedDraft(sessionStorage))} copied={id} strategies={strategies} venues={venues} />
}

const Titled = ({ children }: { children: React.ReactNode }) => <><PageTitle>New bot</PageTitle>{children}</>
