/** What became of a saved spec: whether the bot has taken it yet, told by its observed generation. */
import { CircleCheck, Hourglass } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { live } from '../../../live/live'
import classes from './spec.module.css'

export function SavedNote({ botId, generation }: { botId: string; generation: number }) {
  const isTaken = useSyncExternalStore(live.watch, () => (live.fleet.bot(botId)?.observedGeneration ?? 0) >= generation)
  return isTaken
    ? <span className={classes.note}><CircleCheck size={16} aria-hidden /> Saved, and in force.</span>
    : <span className={classes.note}><Hourglass size={16} aria-hidden /> Saved. The bot takes it at its next safe point …</span>
}
