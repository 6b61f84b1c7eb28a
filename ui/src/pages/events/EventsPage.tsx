/** Events: who asked for what and why, and what happened, across bots; live. */
import { Badge, Chip, Group, Stack, Switch, Tooltip } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, bodyOf, type Schemas } from '../../api/client'
import { Moment } from '../../components/Moment'
import { PageTitle } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { BotFilter, Filters, TextFilter } from '../../components/table/Filters'
import { usePaged } from '../../components/table/usePaged'
import { useWords } from '../../components/table/useWords'
import { Detail } from './Detail'
import { Download } from './Download'
import { isKind, KINDS, kindsOf, queryOf, streamOf, wordOf } from './filter'
import { TimeFields } from './TimeFields'

type JournalEvent = Schemas['JournalEvent']

const COLUMNS: readonly Column<JournalEvent>[] = [
  { key: 'at', head: 'Time', cell: ({ at }) => <Moment at={at} />, phone: 'title' },
  { key: 'kind', head: 'Kind', cell: ({ kind }) => <KindBadge kind={kind} />, phone: 'title' },
  { key: 'name', head: 'What', cell: ({ name }) => <strong>{name}</strong>, phone: 'title' },
  { key: 'bot', head: 'Bot', cell: ({ bot_id: id }) => <BotLink id={id} tab="events" /> },
  { key: 'actor', head: 'Who', cell: ({ actor }) => actor },
  { key: 'reason', head: 'Why', cell: ({ reason }) => (reason === '' ? <span className="quiet">–</span> : <bdi className="why">{reason}</bdi>) },
]
const keyOf = ({ seq }: JournalEvent) => String(seq)

/** Asks for the journal as JSON; the same address without this header is the live stream. */
const load = (query: ReturnType<typeof queryOf>, limit: number) => async (cursor: number | undefined) => {
  const asked = { ...query, limit, ...(cursor !== undefined && { cursor }) }
  return (await bodyOf(api.GET('/api/v1/events', { params: { query: asked }, headers: { accept: 'application/json' } }))) as Schemas['JournalEvents']
}

export function EventsPage() {
  const [words, change] = useWords()
  const [isFollowed, setFollowed] = useState(true)
  const kinds = kindsOf(words.kinds)
  const query = queryOf(words)
  return (
    <Stack gap="sm">
      <PageTitle aside={<Group gap="sm"><Switch size="xs" label="Follow" checked={isFollowed} onChange={(event) => setFollowed(event.currentTarget.checked)} /><Download load={load(query, 1000)} /></Group>}>Events</PageTitle>
      <div>
        <Chip.Group multiple value={[...kinds]} onChange={(chosen) => change({ kinds: wordOf(chosen) })}>
          <Group gap={6} mb="xs" role="group" aria-label="Kinds of events">
            {Object.entries(KINDS).map(([kind, { label, color }]) => <Chip key={kind} value={kind} size="xs" color={color} variant="light">{label}</Chip>)}
          </Group>
        </Chip.Group>
        <Filters names={['q', 'bot', 'actor', 'kinds', 'since', 'until']}>
          <TextFilter name="q" label="Text in events" placeholder="Text in name or reason…" />
          <BotFilter />
          <TextFilter name="actor" label="Who" placeholder="Who asked, exactly" />
          <TimeFields />
        </Filters>
        <Journal query={query} events={isFollowed ? streamOf(kinds) : []} />
      </div>
    </Stack>
  )
}

function Journal({ query, events }: { query: ReturnType<typeof queryOf>; events: readonly string[] }) {
  const queries = useQueryClient()
  const paged = usePaged({ queryKey: ['events', query], load: load(query, 100), keyOf, events })
  if (paged.isLoading) return <Loading rows={12} />
  if (paged.error !== null) return <Failure error={paged.error} retry={() => void queries.resetQueries({ queryKey: ['events'] })} />
  if (paged.rows.length === 0) return <Empty title="No event is like that">Change or clear the filters above. Orders and fills are shown where their kinds are chosen.</Empty>
  return <DataTable label="Events, newest first" columns={COLUMNS} rows={paged.rows} keyOf={keyOf} paged={paged} open={(event) => <Detail event={event} />} />
}

function KindBadge({ kind }: { kind: string }) {
  const { color, label, meaning } = isKind(kind) ? KINDS[kind] : { color: 'gray', label: kind, meaning: kind }
  return <Tooltip label={meaning} openDelay={400}><Badge size="sm" radius="sm" variant="light" color={color}>{label}</Badge></Tooltip>
}
