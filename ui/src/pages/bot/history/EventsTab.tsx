/** What happened to the bot and who asked for what: its journal, newest first, live. */
import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { api, bodyOf, type Schemas } from '../../../api/client'
import { Moment } from '../../../components/Moment'
import { Panel } from '../../../components/Panel'
import { Empty, Failure, Loading } from '../../../components/Situations'
import type { Column } from '../../../components/table/columns'
import { DataTable } from '../../../components/table/DataTable'
import { usePaged } from '../../../components/table/usePaged'
import { Detail } from '../../events/Detail'
import { botKey } from '../useBot'
import { gistOf, SHOWN, type Shown } from './shown'

type JournalEvent = Schemas['JournalEvent']

const COLUMNS: readonly Column<JournalEvent>[] = [
  { key: 'at', head: 'Time', cell: ({ at }) => <Moment at={at} />, phone: 'title' },
  { key: 'name', head: 'What', cell: ({ name }) => <strong>{name}</strong>, phone: 'title' },
  { key: 'actor', head: 'Who', cell: ({ actor }) => actor },
  { key: 'reason', head: 'Why', cell: ({ reason, fields }) => <span className="why"><bdi>{reason}</bdi>{reason !== '' && gistOf(fields) !== '' && ' · '}<span className="quiet">{gistOf(fields)}</span></span> },
]
const keyOf = ({ seq }: JournalEvent) => String(seq)

export function EventsTab({ botId }: { botId: string }) {
  const [shown, setShown] = useState<Shown>('main')
  const options = Object.entries(SHOWN).map(([value, { label }]) => ({ value, label }))
  return (
    <Panel title="Events" aside={<SegmentedControl size="xs" aria-label="Which events" data={options} value={shown} onChange={(value) => setShown(value as Shown)} />}>
      <Journal key={shown} botId={botId} shown={shown} />
    </Panel>
  )
}

function Journal({ botId, shown }: { botId: string; shown: Shown }) {
  const { kinds, names } = SHOWN[shown]
  const paged = usePaged({
    queryKey: [...botKey(botId), 'events', shown],
    load: async (cursor) => {
      const query = { bots: botId, kinds, names, limit: 100, ...(cursor !== undefined && { cursor }) }
      return (await bodyOf(api.GET('/api/v1/events', { params: { query }, headers: { accept: 'application/json' } }))) as Schemas['JournalEvents']
    },
    keyOf,
    events: shown === 'all' ? ['bot.state', 'order', 'fill'] : ['bot.state'],
  })
  if (paged.isLoading) return <Loading rows={8} />
  if (paged.error !== null) return <Failure error={paged.error} retry={paged.refresh} />
  if (paged.rows.length === 0) return <Empty title="Nothing of that kind happened">{shown === 'restarts' && 'It has neither crashed nor been restarted.'}</Empty>
  return <DataTable label="Events of the bot, newest first" columns={COLUMNS} rows={paged.rows} keyOf={keyOf} paged={paged} open={(event) => <Detail event={event} />} />
}
