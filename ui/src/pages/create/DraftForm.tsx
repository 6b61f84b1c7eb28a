/** The second step: the form beside what the service says of it. */
import { Anchor, Grid, Group, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { PageTitle } from '../../components/Panel'
import { TextLink } from '../../components/TextLink'
import { useField, FormContext } from '../../forms/context'
import type { JsonObject } from '../../forms/json'
import { fieldsOf } from '../../forms/schema'
import { switched } from '../../forms/spec/drafts'
import { SpecFields, useParameters, type Strategy, type Venue } from '../../forms/spec/SpecFields'
import { useSpecForm } from '../../forms/spec/useSpecForm'
import { live } from '../../live/live'
import { CheckPanel } from './CheckPanel'
import { specToSend, storeDraft, type Draft } from './draft'

interface Props {
  begun: Draft
  /** The bot that this one is a copy of. */
  copied?: string
  strategies: readonly Strategy[]
  venues: readonly Venue[]
}

export function DraftForm({ begun, copied, strategies, venues }: Props) {
  const [draft, setDraft] = useState(begun)
  const taken = useTakenIds()
  const spec = useMemo(() => specToSend(draft, taken), [draft, taken])
  const parameters = useParameters(spec, strategies)
  const secret = useMemo(() => new Set((parameters ?? []).filter(({ field }) => field.kind === 'text' && field.isSecret).map(({ name }) => name)), [parameters])
  useEffect(() => storeDraft(sessionStorage, draft, secret), [draft, secret])
  const change = (next: JsonObject) => setDraft({ ...draft, spec: next, hasOwnId: draft.hasOwnId || next.id !== spec.id })
  const state = useSpecForm(spec, change, parameters)
  const pick = (name: string) => {
    const known = strategies.map((each) => ({ name: each.name, fields: fieldsOf(each.parameters as JsonObject | null) }))
    setDraft({ ...draft, ...switched(draft.spec, name, known, draft.kept) })
  }
  const followName = () => setDraft({ ...draft, hasOwnId: false })
  return (
    <Stack gap="sm">
      <PageTitle aside={<Text size="sm"><TextLink to="/new">Another strategy</TextLink></Text>}>New bot</PageTitle>
      {copied !== undefined && <Text size="sm" className="quiet">A copy of <TextLink to="/bots/$botId" params={{ botId: copied }}>{copied}</TextLink> as it is now. It begins with no position and its own capital.</Text>}
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <SpecFields state={state} strategies={strategies} venues={venues} parameters={parameters} onStrategy={pick} id={<FormContext value={state.form}><IdInput isOwn={draft.hasOwnId} follow={followName} /></FormContext>} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}><CheckPanel spec={spec} state={state} onCreated={() => storeDraft(sessionStorage, undefined, secret)} /></Grid.Col>
      </Grid>
    </Stack>
  )
}

function IdInput({ isOwn, follow }: { isOwn: boolean; follow: () => void }) {
  const { value, set, error } = useField(['id'])
  return (
    <TextInput
      label="Id" withAsterisk value={typeof value === 'string' ? value : ''} error={error} spellCheck={false} autoComplete="off" maxLength={64}
      onChange={(event) => set(event.currentTarget.value)} inputWrapperOrder={['label', 'input', 'description', 'error']}
      description={<Group gap={6} component="span"><span>Small letters, digits and dashes; it cannot be changed later.</span>{isOwn && <Anchor component="button" type="button" size="xs" onClick={follow}>Suggest one</Anchor>}</Group>}
    />
  )
}

/** The ids that are taken. Read anew when a bot comes or goes, and not with every tick. */
function useTakenIds(): ReadonlySet<string> {
  const count = useSyncExternalStore(live.watch, () => live.fleet.bots.length)
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the fleet lies outside of React; its size says when it is another
  return useMemo(() => new Set(live.fleet.bots.map(({ id }) => id)), [count])
}
