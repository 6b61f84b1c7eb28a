/** The spec of a bot: read with its tag, and read again whenever its generation moves on, so that no change goes unnoticed. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { Failure, Loading } from '../../../components/Situations'
import { strategiesQuery, venuesQuery } from '../../../forms/catalogue'
import { readBot } from '../../../forms/spec/specRequests'
import { live } from '../../../live/live'
import { SpecEditor } from './SpecEditor'

export function SpecTab({ botId }: { botId: string }) {
  const generation = useSyncExternalStore(live.watch, () => live.fleet.bot(botId)?.generation)
  const queries = useQueryClient()
  const queryKey = ['spec', botId, generation]
  const bot = useQuery({ queryKey, queryFn: () => readBot(botId), placeholderData: keepPreviousData, staleTime: Infinity })
  const strategies = useQuery(strategiesQuery)
  const venues = useQuery(venuesQuery)
  const all = [bot, strategies, venues]
  const failed = all.find(({ isError, data }) => isError && data === undefined)
  if (failed !== undefined) return <Failure error={failed.error} retry={() => void Promise.all(all.map(({ refetch }) => refetch()))} />
  if (bot.data === undefined || strategies.data === undefined || venues.data === undefined) return <Loading rows={5} height={120} />
  const readAgain = async () => {
    const now = await readBot(botId)
    queries.setQueryData(queryKey, now)
    return now
  }
  return <SpecEditor key={botId} now={bot.data} readAgain={readAgain} strategies={strategies.data} venues={venues.data} />
}
