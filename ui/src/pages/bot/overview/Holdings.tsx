/** What the bot holds and what guards it. */
import { Badge, Button, Text } from '@mantine/core'
import type { Bot, Schemas } from '../../../api/client'
import { Profit } from '../../../components/Figures'
import { Moment } from '../../../components/Moment'
import { Panel } from '../../../components/Panel'
import type { Column } from '../../../components/table/columns'
import { DataTable } from '../../../components/table/DataTable'
import { quantity } from '../../../format/numbers'
import { exit } from '../commands'

type Position = Required<Schemas['Position']>
type Protection = Schemas['ProtectionView']

const KINDS: Record<Protection['kind'], string> = { stop_loss: 'Stop loss', take_profit: 'Take profit', trailing: 'Trailing stop', time_limit: 'Time limit' }
const GUARDS = {
  venue: { label: 'At the venue', meaning: 'An order that rests at the venue: it outlives this service.', color: 'teal' },
  watched: { label: 'Watched', meaning: 'Watched by this service: it guards only while the service runs.', color: 'yellow' },
}

/** How what it holds is guarded, whether or not the bot runs. */
const CARE: Record<string, string> = {
  venue: 'Guarded by orders that rest at the venue',
  watched: 'Guarded while this service runs',
  none: 'Not guarded',
}

const columnsOf = (bot: Bot): Column<Position>[] => [
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => <strong>{instrument}</strong>, value: ({ instrument }) => instrument, phone: 'title' },
  { key: 'quantity', head: 'Quantity', cell: (held) => quantity(held.quantity), value: (held) => Number(held.quantity), align: 'right' },
  { key: 'entry', head: 'Entry', cell: ({ average_price: price }) => (Number(price) === 0 ? '–' : quantity(price)), value: ({ average_price: price }) => Number(price), align: 'right' },
  { key: 'open', head: 'Open profit', cell: ({ unrealized_pnl: pnl }) => <Profit amount={Number(pnl)} currency={bot.currency} withCurrency />, value: ({ unrealized_pnl: pnl }) => Number(pnl), align: 'right' },
  { key: 'realised', head: 'Realised', cell: ({ realized_pnl: pnl }) => <Profit amount={Number(pnl)} currency={bot.currency} withCurrency />, value: ({ realized_pnl: pnl }) => Number(pnl), align: 'right' },
  { key: 'since', head: 'Since', cell: ({ opened_at: at }) => <Moment at={at} />, isExtra: true },
  { key: 'exit', head: 'Command', cell: (held) => (Number(held.quantity) === 0 ? null : <Button size="compact-xs" variant="default" aria-label={`Exit ${held.instrument}`} onClick={() => void exit(bot, held.instrument)}>Exit…</Button>), align: 'right' },
]

const GUARDING: readonly Column<Protection>[] = [
  { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, phone: 'title' },
  { key: 'kind', head: 'Kind', cell: ({ kind }) => KINDS[kind], phone: 'title' },
  { key: 'price', head: 'Price', cell: ({ price, at }) => (price === null ? <Moment at={at} /> : quantity(price)), align: 'right' },
  { key: 'quantity', head: 'Quantity', cell: (guard) => (guard.quantity === null ? 'all' : quantity(guard.quantity)), align: 'right' },
  { key: 'guard', head: 'Guarded', cell: ({ guard }) => (guard === null ? <span className="quiet">not yet</span> : <Badge size="sm" radius="sm" variant="light" color={GUARDS[guard].color} title={GUARDS[guard].meaning}>{GUARDS[guard].label}</Badge>) },
]

export function Positions({ bot }: { bot: Bot }) {
  const { positions } = bot
  const open = positions.filter((held) => Number(held.quantity) !== 0).length
  const guarded = open > 0 && <Text size="xs" className="quiet">{CARE[bot.caretaker ?? 'none'] ?? bot.caretaker}</Text>
  return (
    <Panel title="Positions" aside={guarded} mih={110}>
      {positions.length === 0
        ? <Text size="sm" className="quiet">It holds nothing now.</Text>
        : <DataTable label={`Positions, ${open} open`} columns={columnsOf(bot)} rows={positions as Position[]} keyOf={({ instrument }) => instrument} />}
    </Panel>
  )
}

export function Protections({ bot: { protections } }: { bot: Bot }) {
  return (
    <Panel title="Protections" mih={110}>
      {protections.length === 0
        ? <Text size="sm" className="quiet">None: neither a stop nor a take profit is set on what it holds.</Text>
        : <DataTable label="Protections" columns={GUARDING} rows={protections} keyOf={({ instrument, kind }) => `${instrument} ${kind}`} />}
    </Panel>
  )
}
