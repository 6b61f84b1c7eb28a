/** What became of a saved spec: whether the bot has taken it yet, told by its observed generation. */
import { Alert } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import { live } from '../../../live/live'

export function SavedNote({ botId, generation }: { botId: string; generation: number }) {
  const isTaken = useSyncExternalStore(live.watch, () => (live.fleet.bot(botId)?.observedGeneration ?? 0) >= generation)
  return isTaken
    ? <Alert color="teal" p="xs" role="status">Saved, and in force.</Alert>
    : <Alert color="blue" p="xs" role="status">Saved. The bot takes it at its next safe point …</Alert>
}
