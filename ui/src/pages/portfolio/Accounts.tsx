/** The accounts: what the venue says, what the bots' books hold, what is external, and what does not add up. */
import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { OctagonPause, Scale } from 'lucide-react'
import { api, bodyOf, type Schemas } from '../../api/client'
import { ModeBadge } from '../../components/Badges'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { quantity } from '../../format/numbers'
import { acceptDrift, liftAccount } from './drift'

type AccountView = Schemas['AccountView']
interface Asset {
  asset: string
  balance: string
  books: string
  external: string
  drift: string
}

/** Return one row for each asset that any of the account's columns names; what drifts first. */
function assetsOf({ balances, books, external, drift }: AccountView): Asset[] {
  const assets = [...new Set([balances, books, external, drift].flatMap((each) => Object.keys(each)))]
  return assets
    .map((asset) => ({ asset, balance: balances[asset] ?? '0', books: books[asset] ?? '0', external: external[asset] ?? '0', drift: drift[asset] ?? '0' }))
    .filter(({ asset, balance, books: held, external: other, drift: off }) => asset in drift || [balance, held, other, off].some((amount) => Number(amount) !== 0))
    .sort((a, b) => Number(b.drift !== '0') - Number(a.drift !== '0') || a.asset.localeCompare(b.asset))
}

const amount = (of: (row: Asset) => string) => (row: Asset) => (Number(of(row)) === 0 ? <span className="quiet">0</span> : quantity(of(row), 12))
const COLUMNS: readonly Column<Asset>[] = [
  { key: 'asset', head: 'Asset', cell: ({ asset }) => asset, value: ({ asset }) => asset, phone: 'title' },
  { key: 'balance', head: 'The venue says', cell: amount(({ balance }) => balance), align: 'right' },
  { key: 'books', head: 'In bots’ books', cell: amount(({ books }) => books), align: 'right' },
  { key: 'external', head: 'External', cell: amount(({ external }) => external), align: 'right' },
  { key: 'drift', head: 'Drift', cell: ({ drift }) => (Number(drift) === 0 ? <span className="quiet">none</span> : <strong className="down">⚠ {quantity(drift, 12)}</strong>), align: 'right' },
]

export function Accounts() {
  const queries = useQueryClient()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['accounts'], refetchInterval: 15_000, queryFn: () => bodyOf(api.GET('/api/v1/accounts')) })
  if (isPending) return <Panel title="Accounts"><Loading rows={4} /></Panel>
  if (data === undefined) return <Panel title="Accounts"><Failure error={error} retry={() => void refetch()} /></Panel>
  if (data.items.length === 0) return <Panel title="Accounts"><Empty title="There is no account">An account comes with a venue of the configuration.</Empty></Panel>
  const again = () => void queries.invalidateQueries({ queryKey: ['accounts'] })
  return <>{data.items.map((account) => <Account key={account.account} account={account} onChange={again} />)}</>
}

function Account({ account, onChange }: { account: AccountView; onChange: () => void }) {
  const { account: name, mode, drift, held, halted, checked_at: checked, reserved } = account
  const drifting = Object.keys(drift)
  return (
    <Panel
      title={`Account ${name}`}
      aside={<Group gap={6}>{halted && <Badge size="sm" radius="sm" color="red">Halted</Badge>}{held != null && <Badge size="sm" radius="sm" color="orange">Held</Badge>}<ModeBadge mode={mode} /></Group>}
    >
      <Stack gap="xs">
        {held != null && <Alert color="orange" icon={<OctagonPause size={18} />} title="Nothing may be done here">{held}</Alert>}
        {halted && <Group gap="xs"><Text size="sm">Trading on this account is halted.</Text><Button size="compact-xs" variant="default" onClick={() => void liftAccount(name, mode).then(onChange)}>Lift the halt…</Button></Group>}
        {drifting.length > 0 && (
          <Alert color="orange" icon={<Scale size={18} />} title={`The venue says otherwise in ${drifting.join(', ')}`}>
            <Group justify="space-between" gap="xs">
              <Text size="sm" maw={640}>What the venue holds is not what books and external add up to. New exposure there is closed until the difference is explained or accepted as external.</Text>
              <Button size="xs" color="orange" variant="outline" onClick={() => void acceptDrift(account).then(onChange)}>Accept the drift…</Button>
            </Group>
          </Alert>
        )}
        <DataTable label={`Assets of account ${name}`} columns={COLUMNS} rows={assetsOf(account)} keyOf={({ asset }) => asset} />
        <Text size="xs" className="quiet">Capital reserved by its bots: {quantity(reserved, 12)}. Compared with the venue: {checked == null ? 'not yet' : <Moment at={checked} />}.</Text>
      </Stack>
    </Panel>
  )
}
