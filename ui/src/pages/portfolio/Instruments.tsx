/** Positions of all bots by instrument, each with its share of the equity that backs it. */
import { Progress, Text } from '@mantine/core'
import type { Schemas } from '../../api/client'
import { ModeBadge } from '../../components/Badges'
import { Money, Profit } from '../../components/Figures'
import { Panel } from '../../components/Panel'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { integer, percent, quantity } from '../../format/numbers'
import { purseKey, type Purse } from './groups'

type Held = Schemas['PortfolioInstrument']

export function Instruments({ held, purses }: { held: readonly Held[]; purses: readonly Purse[] }) {
  const equity = new Map(purses.map((purse) => [purseKey(purse), purse.equity]))
  const shareOf = (row: Held) => {
    const backing = equity.get(purseKey(row)) ?? 0
    return backing === 0 ? 0 : Math.abs(Number(row.value)) / backing
  }
  const columns: Column<Held>[] = [
    { key: 'instrument', head: 'Instrument', cell: ({ instrument }) => instrument, value: ({ instrument }) => instrument, phone: 'title' },
    { key: 'mode', head: 'Mode', cell: ({ mode }) => <ModeBadge mode={mode} />, value: ({ mode }) => mode, phone: 'title' },
    { key: 'venue', head: 'Venue', cell: ({ venue }) => venue, value: ({ venue }) => venue },
    { key: 'bots', head: 'Bots', cell: ({ bots }) => integer(bots), value: ({ bots }) => bots, align: 'right' },
    { key: 'quantity', head: 'Quantity', cell: (row) => quantity(row.quantity), value: (row) => Number(row.quantity), align: 'right' },
    { key: 'value', head: 'Value', cell: ({ value, currency }) => <Money amount={Number(value)} currency={currency} withCurrency />, value: ({ value }) => Number(value), align: 'right' },
    { key: 'unrealized', head: 'Unrealised', cell: ({ unrealized_pnl: pnl, currency }) => <Profit amount={Number(pnl)} currency={currency} withCurrency />, value: ({ unrealized_pnl: pnl }) => Number(pnl), align: 'right' },
    { key: 'share', head: 'Of equity', value: shareOf, align: 'right', cell: (row) => <Share share={shareOf(row)} label={row.instrument} /> },
  ]
  return (
    <Panel title="Positions by instrument" aside={<Text size="xs" className="quiet">Share of the equity of the same mode and currency</Text>}>
      {held.length === 0
        ? <Text size="sm" className="quiet" py="sm">No bot holds a position.</Text>
        : <DataTable label="Positions by instrument" columns={columns} rows={held} keyOf={({ mode, venue, instrument, currency }) => `${mode} ${venue} ${instrument} ${currency}`} />}
    </Panel>
  )
}

function Share({ share, label }: { share: number; label: string }) {
  return <>{percent(share)}<Progress value={Math.min(100, share * 100)} size={4} mt={3} aria-label={`${label}: ${percent(share)} of equity`} /></>
}
