/** Every strategy that a bot may run: what it does, what may be set, who runs it; what is broken, and where. */
import { Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { PageTitle } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { strategiesQuery } from '../../forms/catalogue'
import { live } from '../../live/live'
import { StrategyPanel } from './StrategyPanel'
import { steadyUses } from './uses'

const usesNow = steadyUses()

export function StrategiesPage() {
  const strategies = useQuery(strategiesQuery)
  const uses = useSyncExternalStore(live.watch, () => usesNow(live.fleet.bots))
  const again = <Button size="xs" variant="default" leftSection={<RotateCw size={14} />} loading={strategies.isFetching} onClick={() => void strategies.refetch()}>Look again</Button>
  return (
    <Stack gap="sm">
      <PageTitle aside={again}>Strategies</PageTitle>
      {strategies.isError && strategies.data === undefined && <Failure error={strategies.error} retry={() => void strategies.refetch()} />}
      {strategies.isPending && <Loading rows={5} height={170} />}
      {strategies.data?.length === 0 && <Empty title="No strategies">Put a file with a Strategy class into the home's <code>strategies</code> folder.</Empty>}
      {strategies.data !== undefined && strategies.data.length > 0 && (
        <>
          <Text size="sm" className="quiet">Files of the home's <code>strategies</code> folder are read anew each time; a changed file is in force with a bot's next start.</Text>
          {[...strategies.data].sort((a, b) => Number(b.error != null) - Number(a.error != null)).map((strategy) => <StrategyPanel key={strategy.source + strategy.name} strategy={strategy} bots={uses.get(strategy.name) ?? []} />)}
        </>
      )}
    </Stack>
  )
}
