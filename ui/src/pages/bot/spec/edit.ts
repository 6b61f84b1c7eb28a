/** An edit of a bot's spec beside what becomes of the bot meanwhile. Pure; a spec's hash and generation say what changed. */
import type { Bot, Observed } from '../../../api/client'
import { changesOf, needsRestart, onTop, type Change } from '../../../forms/diff'
import type { JsonObject } from '../../../forms/json'
import { specOf, type Tagged } from '../../../forms/spec/specRequests'

export interface Edit {
  /** What it began from. */
  base: Tagged
  mine: JsonObject
}

export const begin = (base: Tagged): Edit => ({ base, mine: specOf(base.bot) })
export const changesIn = ({ base, mine }: Edit): Change[] => changesOf(specOf(base.bot), mine)

/** Whether somebody gave the bot another spec since the edit began. A command (start, pause …) is no such change. */
export const isBehind = ({ base }: Edit, now: Tagged): boolean => now.bot.generation > base.bot.generation && now.bot.spec_hash !== base.bot.spec_hash

/** The tag to save with: the newest that still has the spec that the edit began from. */
export const tagOf = (edit: Edit, now: Tagged): string => (now.bot.generation > edit.base.bot.generation && !isBehind(edit, now) ? now.etag : edit.base.etag)

/** Their spec with my changes on top, as an edit of theirs. */
export const reapplied = ({ base, mine }: Edit, theirs: Tagged): Edit => ({ base: theirs, mine: onTop(specOf(base.bot), specOf(theirs.bot), mine) })

const RUNS: readonly Observed[] = ['RUNNING', 'STARTING', 'BACKOFF']
export const isAtWork = (bot: Bot): boolean => bot.desired === 'RUNNING' || RUNS.includes(bot.observed)

/** What taking the changes means for the bot's task, in one sentence. */
export function effectOf(changes: readonly Change[], bot: Bot): string {
  if (!needsRestart(changes)) return 'Labels alone: nothing restarts.'
  return isAtWork(bot) ? 'It restarts at its next safe point to take this.' : 'It does not run now; it takes this when it is started.'
}
