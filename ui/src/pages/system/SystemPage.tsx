/** The system: whether it does its work, what stops trading, how the process does, and the venues. */
import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../api/client'
import { PageTitle, Panel } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { Condition } from './Condition'
import { Health, LagHistory } from './Health'
import { Feeds, RecentOperations, Versions } from './Lists'
import { feedsOf, stallsOf } from './readings'
import { Stalls } from './Stalls'
import { useSystemWatch } from './useSystemWatch'
import { VenueCard } from './VenueCard'

export function SystemPage() {
  const { data, error, isPending, isError, refetch } = useSystemWatch()
  return (
    <Stack gap="sm">
      <PageTitle aside={isError && data !== undefined && <Text size="sm" className="down" role="status">⚠ Old: {error.message}</Text>}>System</PageTitle>
      {isPending && <><Panel mih={150}><Loading rows={3} /></Panel><Loading rows={2} height={92} /><Loading rows={1} height={206} /></>}
      {data === undefined && isError && <Failure error={error} retry={() => void refetch()} />}
      {data !== undefined && (
        <>
          <Condition view={data.view} />
          <Health view={data.view} />
          <LagHistory readings={data.readings} />
          <Stalls stalls={stallsOf(data.view)} />
        </>
      )}
      {(isPending || data !== undefined) && <><Venues /><RecentOperations /></>}
      {data !== undefined && <><Feeds feeds={feedsOf(data.view)} /><Versions {...data.view} /></>}
    </Stack>
  )
}

function Venues() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['venues', 'watch'], refetchInterval: 5000, queryFn: () => bodyOf(api.GET('/api/v1/venues')) })
  if (isPending) return <Panel title="Venues" mih={260}><Loading rows={6} /></Panel>
  if (data === undefined) return <Panel title="Venues"><Failure error={error} retry={() => void refetch()} /></Panel>
  if (data.items.length === 0) return <Panel title="Venues"><Empty title="There is no venue">Venues are named in the configuration.</Empty></Panel>
  return <SimpleGrid cols={{ base: 1, md: data.items.length === 1 ? 1 : 2 }} spacing="sm">{data.items.map((venue) => <VenueCard key={venue.name} venue={venue} />)}</SimpleGrid>
}
