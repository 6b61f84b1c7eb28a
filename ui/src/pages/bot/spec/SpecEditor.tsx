/** The form of a bot's spec: edits, conflicts with what others changed, the way to saving, and the warning before leaving. */
import { Alert, Button, Group, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { asProblem } from '../../../api/problems'
import { TextLink } from '../../../components/TextLink'
import { fieldsOf } from '../../../forms/schema'
import type { JsonObject } from '../../../forms/json'
import { switched, type Kept } from '../../../forms/spec/drafts'
import { SpecFields, useParameters, type Strategy, type Venue } from '../../../forms/spec/SpecFields'
import { faultsOfProblem, type Tagged } from '../../../forms/spec/specRequests'
import { useSpecForm } from '../../../forms/spec/useSpecForm'
import { focusFirstFault, wrongText } from '../../../forms/spec/wrong'
import { live } from '../../../live/live'
import { ConflictPanel } from './ConflictPanel'
import { begin, changesIn, effectOf, isBehind, reapplied, type Edit } from './edit'
import { LeaveGuard } from './LeaveGuard'
import { ReviewDialog } from './ReviewDialog'
import { SavedNote } from './SavedNote'
import classes from './spec.module.css'

interface Props {
  /** The bot as it is now, as far as this page knows. */
  now: Tagged
  readAgain: () => Promise<Tagged>
  strategies: readonly Strategy[]
  venues: readonly Venue[]
}

export function SpecEditor({ now, readAgain, strategies, venues }: Props) {
  const [edit, setEdit] = useState<Edit>(() => begin(now))
  const [kept, setKept] = useState<Kept>({})
  const [isReviewing, setReviewing] = useState(false)
  const [saved, setSaved] = useState<number>() // the generation that the last saving made
  const [adopted, setAdopted] = useState<Tagged>() // a change by others that was taken over silently, as nothing was edited
  const changes = changesIn(edit)
  const isDirty = changes.length > 0
  const behind = isBehind(edit, now)
  if (behind && !isDirty) {
    setEdit(begin(now))
    setAdopted(now)
  }
  const parameters = useParameters(edit.mine, strategies)
  const change = (mine: JsonObject) => {
    setEdit({ ...edit, mine })
    setAdopted(undefined)
  }
  const state = useSpecForm(edit.mine, change, parameters)
  const pick = (name: string) => {
    const next = switched(edit.mine, name, strategies.map((each) => ({ name: each.name, fields: fieldsOf(each.parameters as JsonObject | null) })), kept)
    setKept(next.kept)
    change(next.spec)
  }
  const take = (next: Edit) => {
    setEdit(next)
    state.tell([])
    setReviewing(false) // a review that a conflict hid must not come back with the next change
  }
  const review = () => {
    if (state.isReady()) setReviewing(true)
    else focusFirstFault()
  }
  const onSaved = (result: Tagged) => {
    take(begin(result))
    setSaved(result.bot.generation)
    live.refresh([result.bot.id])
  }
  const onRefused = (error: unknown) => {
    const faults = faultsOfProblem(asProblem(error))
    if (faults === undefined) return false
    setReviewing(false)
    state.tell(faults)
    focusFirstFault()
    return true
  }
  return (
    <Stack gap="sm" className={classes.tab}>
      {adopted !== undefined && <Alert color="blue" withCloseButton closeButtonLabel="Close" onClose={() => setAdopted(undefined)}>{whoChanged(adopted)} It is shown as it is now.</Alert>}
      {behind && isDirty && (
        <ConflictPanel
          edit={edit} theirs={now} who={whoChanged(now)} takeTheirs={() => take(begin(now))}
          reapply={() => { take(reapplied(edit, now)); setReviewing(true) }}
        />
      )}
      <SpecFields state={state} strategies={strategies} venues={venues} parameters={parameters} onStrategy={pick} id={<TextInput label="Id" value={now.bot.id} readOnly variant="filled" description={<>An id cannot be changed; <TextLink to="/new" search={{ copy: now.bot.id }}>make a copy</TextLink> instead.</>} inputWrapperOrder={['label', 'input', 'description', 'error']} />} />
      <Paper withBorder className={classes.bar} px="sm" py={8}>
        <Group justify="space-between" gap="xs">
          <Text size="sm" component="div" aria-live="polite">
            {isDirty ? <><b>{changes.length === 1 ? '1 change' : `${changes.length} changes`}</b> <span className="quiet">{effectOf(changes, now.bot)}</span></> : saved === undefined ? <span className="quiet">No changes</span> : <SavedNote botId={now.bot.id} generation={saved} />}
            {state.wrong > 0 && <Text span c="var(--mantine-color-error)" size="sm"> {wrongText(state)}</Text>}
          </Text>
          <Group gap="xs">
            <Button size="xs" variant="default" disabled={!isDirty} onClick={() => take(begin(behind ? now : edit.base))}>Discard</Button>
            <Button size="xs" disabled={!isDirty || behind} onClick={review}>Review and save</Button>
          </Group>
        </Group>
      </Paper>
      {isReviewing && isDirty && !behind && <ReviewDialog edit={edit} now={now} changes={changes} readAgain={readAgain} onSaved={onSaved} onRefused={onRefused} close={() => setReviewing(false)} />}
      <LeaveGuard isDirty={isDirty} />
    </Stack>
  )
}

const whoChanged = ({ bot }: Tagged): string => `${bot.asked_by} changed this spec meanwhile${bot.reason === '' ? '.' : ` (${bot.reason}).`}`
