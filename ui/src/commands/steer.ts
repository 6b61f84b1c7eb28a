/** What buttons, rows, shortcuts and the palette call: asks as the harm demands, sends, follows. */
import type { Mode } from '../api/client'
import type { BotRow } from '../live/rows'
import { ask, type Choice } from './ask'
import { harmOf, LABEL, type Action, type Target } from './harm'
import { command, commandMany, halt, type Direct, type StopOptions } from './send'

const stopChoices = (target: Target): Choice[] => [
  { name: 'orders', label: 'Working orders', options: [{ value: 'cancel', label: 'Cancel them' }, { value: 'keep', label: 'Keep them' }] },
  { name: 'positions', label: 'Positions', options: [{ value: 'hold', label: 'Hold, guarded' }, { value: 'flatten', label: 'Close at the market', harm: harmOf('flatten', target) }] },
]

export type Steerable = Pick<BotRow, 'id' | 'mode' | 'openPositions'>

function targetOf(bots: readonly Steerable[]): Target {
  return {
    ids: bots.map(({ id }) => id),
    modes: [...new Set<Mode>(bots.map(({ mode }) => mode))],
    withPositions: bots.filter(({ openPositions }) => openPositions > 0).length,
  }
}

function subjectOf(bots: readonly Steerable[]): string {
  const live = bots.filter(({ mode }) => mode === 'live').length
  const holding = bots.filter(({ openPositions }) => openPositions > 0).length
  const who = bots.length === 1 ? `Bot ${bots[0]?.id ?? ''}` : `${bots.length} bots`
  const money = live === 0 ? 'no real money' : bots.length === 1 ? 'real money' : `${live} of them with real money`
  return `${who}: ${money}; ${holding === 0 ? 'no open position' : `${holding} with an open position`}.`
}

/** Steer one bot or many. Returns once the outcome is known and shown. */
export async function steer(action: Exclude<Action, 'delete'>, bots: readonly Steerable[]): Promise<void> {
  const [first] = bots
  if (first === undefined) return
  const whom = bots.length === 1 ? first.id : `${bots.length} bots`
  const target = targetOf(bots)
  const answer = await ask({
    title: `${LABEL[action]} ${whom}`,
    harm: harmOf(action, target),
    subject: subjectOf(bots),
    choices: action === 'stop' ? stopChoices(target) : [],
    confirmLabel: `${LABEL[action]} ${whom}`,
  })
  if (answer === undefined) return
  const options = answer.choices as StopOptions
  if (bots.length > 1) await commandMany(bots.map(({ id }) => id), action, answer.reason, options)
  else if (action === 'halt' || action === 'unhalt') await halt(action, { bot_id: first.id }, answer.reason)
  else await command(first.id, action satisfies Direct, answer.reason, options)
}

/** Halt everything, or lift that halt. As long as the fleet is not known, real money must be thought to be among it. */
export async function steerAll(action: 'halt' | 'unhalt', bots: readonly Steerable[] | undefined): Promise<void> {
  const target: Target = bots === undefined ? { ids: 'all', modes: ['live'], withPositions: 0 } : { ...targetOf(bots), ids: 'all' }
  const title = action === 'halt' ? 'Halt all trading' : 'Lift the halt of everything'
  const answer = await ask({ title, harm: harmOf(action, target), subject: bots === undefined ? 'Every bot; the fleet is not loaded yet.' : subjectOf(bots), choices: [], confirmLabel: title })
  if (answer !== undefined) await halt(action, {}, answer.reason)
}
