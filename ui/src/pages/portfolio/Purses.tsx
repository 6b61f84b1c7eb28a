/** What there is, by mode and currency, with its history: never one sum over two of them. */
import { SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../api/client'
import { usePreferences } from '../../app/preferences'
import { Money, Profit } from '../../components/Figures'
import { Figure, Panel } from '../../components/Panel'
import { Series } from '../../components/series/Series'
import { Failure, Loading } from '../../components/Situations'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { useWords } from '../../components/table/useWords'
import { MODES } from '../../domain/states'
import { integer, money, percent, profit } from '../../format/numbers'
import { historiesOf, purseKey, rangeOf, RANGES, sinceOf, type History, type Purse } from './groups'

const HEIGHT = 190
const SERIES = [{ value: 'equity', label: 'Equity' }, { value: 'pnl', label: 'PnL' }]

export function Purses({ purses }: { purses: readonly Purse[] }) {
  const [words, change] = useWords()
  const range = rangeOf(words.range)
  const of = words.of === 'pnl' ? 'pnl' : 'equity'
  const history = useQuery({
    queryKey: ['portfolio', 'equity', range],
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
    queryFn: async () => historiesOf((await bodyOf(api.GET('/api/v1/portfolio/equity', { params: { query: { since: sinceOf(range), points: 300 } } }))).items),
  })
  return (
    <Stack gap="sm">
      {purses.map((purse) => (
        <Panel
          key={purseKey(purse)} title={`${MODES[purse.mode].label} · ${purse.currency}`}
          aside={<SegmentedControl size="xs" data={RANGES.map(({ value, label }) => ({ value, label }))} value={range} aria-label="Range of the history" onChange={(value) => change({ range: value === '24h' ? undefined : value })} />}
        >
          <Sums purse={purse} />
          <Stack gap={4} mt="sm">
            <SegmentedControl size="xs" w={150} data={SERIES} value={of} aria-label="What the history shows" onChange={(value) => change({ of: value === 'pnl' ? value : undefined })} />
            {history.isError && history.data === undefined
              ? <Failure error={history.error} retry={() => void history.refetch()} />
              : <Chart history={history.data?.find((each) => purseKey(each) === purseKey(purse))} isLoading={history.isPending} of={of} purse={purse} />}
          </Stack>
          <Venues purse={purse} />
        </Panel>
      ))}
    </Stack>
  )
}

function Sums({ purse }: { purse: Purse }) {
  const { currency, equity, capital, dayPnl, realized, unrealized, positionValue, bots } = purse
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
      <Figure label="Equity" below={`${integer(bots)} ${bots === 1 ? 'bot' : 'bots'}, ${currency}`}><Money amount={equity} currency={currency} /></Figure>
      <Figure label="Capital" below={`given to them, ${currency}`}><Money amount={capital} currency={currency} /></Figure>
      <Figure label="PnL today" below={capital === 0 ? currency : `${percent(dayPnl / capital)} of capital, ${currency}`}><Profit amount={dayPnl} currency={currency} /></Figure>
      <Figure label="Realised" below={`closed trades, ${currency}`}><Profit amount={realized} currency={currency} /></Figure>
      <Figure label="Unrealised" below={`open positions, ${currency}`}><Profit amount={unrealized} currency={currency} /></Figure>
      <Figure label="Position value" below={equity === 0 ? currency : `${percent(positionValue / equity)} of equity, ${currency}`}><Money amount={positionValue} currency={currency} /></Figure>
    </SimpleGrid>
  )
}

function Chart({ history, isLoading, of, purse }: { history: History | undefined; isLoading: boolean; of: 'equity' | 'pnl'; purse: Purse }) {
  const { zone } = usePreferences()
  if (isLoading) return <Loading rows={1} height={HEIGHT + 20} />
  if (history === undefined || history.times.length < 2) {
    return <Text size="sm" className="quiet" h={HEIGHT + 20} pt="xl" ta="center">The history begins with the second reading; one is kept every few minutes.</Text>
  }
  const values = history[of]
  const read = (value: number) => (of === 'pnl' ? profit(value, purse.currency) : money(value, purse.currency))
  const label = `${of === 'pnl' ? 'PnL' : 'Equity'} of ${MODES[purse.mode].label.toLowerCase()} in ${purse.currency}: from ${read(values[0] ?? 0)} to ${read(values.at(-1) ?? 0)}, lowest ${read(Math.min(...values))}, highest ${read(Math.max(...values))}.`
  return <Series times={history.times} values={values} height={HEIGHT} zone={zone} label={label} format={read} aroundZero={of === 'pnl'} />
}

type AtVenue = Purse['venues'][number]

function Venues({ purse }: { purse: Purse }) {
  const { currency } = purse
  const amounts: [string, string, (row: AtVenue) => number, typeof Money][] = [
    ['equity', 'Equity', ({ equity }) => equity, Money], ['capital', 'Capital', ({ capital }) => capital, Money], ['day', 'PnL today', ({ dayPnl }) => dayPnl, Profit],
    ['realized', 'Realised', ({ realized }) => realized, Profit], ['unrealized', 'Unrealised', ({ unrealized }) => unrealized, Profit], ['value', 'Position value', ({ positionValue }) => positionValue, Money],
  ]
  const columns: Column<AtVenue>[] = [
    { key: 'venue', head: 'Venue', cell: ({ venue }) => venue, value: ({ venue }) => venue, phone: 'title' },
    { key: 'bots', head: 'Bots', cell: ({ bots }) => integer(bots), value: ({ bots }) => bots, align: 'right' },
    ...amounts.map(([key, head, value, Amount]): Column<AtVenue> => ({ key, head, value, align: 'right', cell: (row) => <Amount amount={value(row)} currency={currency} /> })),
  ]
  return (
    <Stack gap={4} mt="sm">
      <Text size="xs" className="quiet">By venue, in {currency}</Text>
      <DataTable label={`Venues, ${purseKey(purse)}`} columns={columns} rows={purse.venues} keyOf={({ venue }) => venue} />
    </Stack>
  )
}
