/** Orders and fills across bots and accounts: what is in doubt first, then what works, what was, and what no bot owns. */
import { Stack, Tabs } from '@mantine/core'
import { BotFilter, Filters, InstrumentFilter, SelectFilter, TextFilter } from '../../components/table/Filters'
import { useWords } from '../../components/table/useWords'
import { VenueFilter } from '../../components/table/VenueFilter'
import { PageTitle } from '../../components/Panel'
import { Doubtful } from './Doubtful'
import { ExternalTable } from './ExternalTable'
import { FillTable } from './FillTable'
import { OrderTable } from './OrderTable'
import { ORDER_STATES, statesOn, tabOf, TABS, type OrdersTab } from './states'

const FILTERS: Record<OrdersTab, readonly string[]> = {
  working: ['q', 'state', 'bot', 'venue', 'instrument'],
  history: ['q', 'state', 'bot', 'venue', 'instrument'],
  fills: ['bot', 'venue', 'instrument'],
  external: ['venue'],
}

export function OrdersPage() {
  const [words, change] = useWords()
  const tab = tabOf(words.tab)
  const states = statesOn(tab).map((state) => ({ value: state, label: ORDER_STATES[state].label }))
  const isOf = (name: string) => FILTERS[tab].includes(name)
  return (
    <Stack gap="sm">
      <PageTitle>Orders</PageTitle>
      <Doubtful />
      <Tabs value={tab} onChange={(value) => change({ tab: value === 'working' ? undefined : (value ?? undefined), state: undefined })} keepMounted={false}>
        <Tabs.List aria-label="Which orders" mb="sm">
          {TABS.map(({ value, label }) => <Tabs.Tab key={value} value={value}>{label}</Tabs.Tab>)}
        </Tabs.List>
        <Filters names={FILTERS[tab]}>
          {isOf('q') && <TextFilter name="q" label="Text in orders" placeholder="Bot, instrument, order id, reason…" />}
          {isOf('state') && <SelectFilter name="state" label="Any state" options={states} />}
          {isOf('bot') && <BotFilter />}
          <VenueFilter />
          {isOf('instrument') && <InstrumentFilter />}
        </Filters>
        <Tabs.Panel value="working"><OrderTable tab="working" /></Tabs.Panel>
        <Tabs.Panel value="history"><OrderTable tab="history" /></Tabs.Panel>
        <Tabs.Panel value="fills"><FillTable /></Tabs.Panel>
        <Tabs.Panel value="external"><ExternalTable /></Tabs.Panel>
      </Tabs>
    </Stack>
  )
}
