/** The last look before a spec is saved: what changes, what the service says of it, what it means for the bot, and why. */
import { Button, Code, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useReturnFocus } from '../../../components/useReturnFocus'
import { ChangesTable } from '../../../forms/ChangesTable'
import { needsRestart, type Change } from '../../../forms/diff'
import { ProblemAlert } from '../../../forms/spec/ProblemAlert'
import { Warnings } from '../../../forms/spec/Warnings'
import { checkSpec, isConflict, saveSpec, type Tagged } from '../../../forms/spec/specRequests'
import { effectOf, isAtWork, isBehind, tagOf, type Edit } from './edit'

interface Props {
  edit: Edit
  now: Tagged
  changes: readonly Change[]
  readAgain: () => Promise<Tagged>
  onSaved: (result: Tagged) => void
  /** Take a refusal; return whether its faults are shown by the form. */
  onRefused: (error: unknown) => boolean
  close: () => void
}

const PHRASE = 'live'

export function ReviewDialog({ edit, now, changes, readAgain, onSaved, onRefused, close }: Props) {
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const id = now.bot.id
  const check = useQuery({ queryKey: ['check', edit.mine, now.bot.generation], queryFn: () => checkSpec(edit.mine, true), staleTime: 0, gcTime: 0 })
  const save = useMutation({ mutationFn: () => saved(edit, now, reason.trim(), readAgain), onSuccess: (result) => { if (result !== undefined) onSaved(result) }, onError: onRefused })
  useReturnFocus()
  useEffect(() => {
    if (check.isError) onRefused(check.error)
  })
  const isLive = check.data?.mode === 'live' && isAtWork(now.bot) && needsRestart(changes)
  const isReady = check.isSuccess && (!isLive || typed.trim() === PHRASE)
  return (
    <Modal opened onClose={close} title={`Save the spec of ${id}`} size="lg" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={(event) => { event.preventDefault(); if (isReady) save.mutate() }}>
        <Stack gap="sm">
          <ChangesTable changes={changes} />
          <Text size="sm" fw={600}>{effectOf(changes, now.bot)}</Text>
          {check.isPending && <Skeleton height={40} />}
          {check.isError && <ProblemAlert error={check.error} />}
          {check.data !== undefined && check.data.warnings.length > 0 && <Warnings title="Mind this" warnings={check.data.warnings} />}
          {save.isError && <ProblemAlert error={save.error} />}
          <TextInput label="Reason" description="Stands in the journal beside your name." placeholder="optional" value={reason} maxLength={500} data-autofocus onChange={(event) => setReason(event.currentTarget.value)} />
          {isLive && <TextInput label={<>Type <Code>{PHRASE}</Code> to confirm: it goes on with real money</>} value={typed} autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" size="sm" onClick={close}>Cancel</Button>
            <Button type="submit" size="sm" color={isLive ? 'red' : 'sea'} disabled={!isReady} loading={save.isPending}>Save</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/**
 * Save; return the bot then, or undefined where its spec was changed by someone else first: the page knows theirs then.
 * A bot that was only commanded meanwhile (its generation moved, its spec did not) is no conflict: it is saved on top of that.
 */
async function saved(edit: Edit, now: Tagged, reason: string, readAgain: () => Promise<Tagged>): Promise<Tagged | undefined> {
  const { id } = now.bot
  try {
    return await saveSpec(id, edit.mine, tagOf(edit, now), reason)
  } catch (error) {
    if (!isConflict(error)) throw error
    const theirs = await readAgain()
    return isBehind(edit, theirs) ? undefined : saveSpec(id, edit.mine, theirs.etag, reason)
  }
}
