/** What is wrong with a bot, and what to do next: the notices above everything else. Pure. */
import { isInDoubt } from '../../../domain/attention'
import type { BotRow } from '../../../live/rows'

export interface Trouble {
  kind: 'failed' | 'quarantined' | 'backoff' | 'unresolved' | 'uncancelled'
  title: string
  reason: string
  next: string
  /** Whether the log at that time says more. */
  hasLog: boolean
}

const CLASSES: Record<string, string> = {
  transient: 'of the network or the venue, which passes by itself',
  clock: 'of the clock',
  auth: 'of its credentials; others of this account are held too',
  permanent: 'that will come again until its settings change',
  business: 'of the order or the funds',
  programming: 'in the strategy’s code',
  process: 'of this process',
}

export function troublesOf(bot: BotRow, now?: number): Trouble[] {
  const error = bot.error ?? 'Nothing more is known.'
  const why = bot.errorClass === null ? '' : `An error ${CLASSES[bot.errorClass] ?? bot.errorClass}. `
  const found: Trouble[] = []
  if (bot.observed === 'FAILED') {
    found.push({ kind: 'failed', title: 'It failed and is not restarted by itself', reason: error, next: `${why}Mend the cause, then start it. Reset clears the failure and leaves it stopped.`, hasLog: true })
  }
  if (bot.observed === 'QUARANTINED') {
    found.push({ kind: 'quarantined', title: 'Its task did not end: nothing may run beside it', reason: error, next: `${why}Reset it once you know why it hangs; where that does not help, restart the service.`, hasLog: true })
  }
  if (bot.observed === 'BACKOFF') {
    found.push({ kind: 'backoff', title: 'It crashed and waits for its restart', reason: error, next: `${why}Restart number ${bot.restarts + 1}.`, hasLog: true })
  }
  if (isInDoubt(bot, now)) {
    found.push({ kind: 'unresolved', title: `${bot.unresolved} order(s) whose fate is not known`, reason: 'The venue did not answer clearly; it is asked until that is known.', next: 'Until then nothing is sent there that adds exposure. The orders page lets you decide.', hasLog: false })
  }
  if (bot.uncancelled > 0) {
    found.push({ kind: 'uncancelled', title: `${bot.uncancelled} order(s) could not be cancelled yet`, reason: 'They may still fill.', next: 'Cancelling goes on by itself.', hasLog: false })
  }
  return found
}
