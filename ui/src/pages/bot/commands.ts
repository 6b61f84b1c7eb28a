/** What this page sends beyond the commands that every page has: deleting a bot, leaving one instrument. */
import { api, bodyOf, type Bot } from '../../api/client'
import { ask } from '../../commands/ask'
import { harmOf } from '../../commands/harm'
import { carryOut, report } from '../../commands/send'
import type { BotRow } from '../../live/rows'

type Exposure = 'refuse' | 'flatten' | 'abandon'
const EXPOSURES: { value: Exposure; label: string }[] = [
  { value: 'refuse', label: 'Refuse to' }, { value: 'flatten', label: 'Close first' }, { value: 'abandon', label: 'Leave behind' },
]

export async function remove(bot: BotRow): Promise<void> {
  const holds = bot.openPositions > 0 || bot.workingOrders > 0
  const answer = await ask({
    title: `Delete ${bot.id}`,
    harm: harmOf('delete', { ids: [bot.id], modes: [bot.mode], withPositions: bot.openPositions }),
    subject: holds ? `It holds ${bot.openPositions} position(s) and ${bot.workingOrders} working order(s).` : 'It holds no position and no working order.',
    choices: holds ? [{ name: 'exposure', label: 'While it holds something', options: EXPOSURES }] : [],
    confirmLabel: `Delete ${bot.id}`,
  })
  if (answer === undefined) return
  await report('delete', bot.id, async () => {
    const query = { exposure: (answer.choices.exposure ?? 'refuse') as Exposure, reason: answer.reason, wait: 30 }
    await bodyOf(api.DELETE('/api/v1/bots/{bot_id}', { params: { path: { bot_id: bot.id }, query } }))
    return undefined
  })
}

/** Close one instrument's position at the market, whatever the strategy wants. */
export async function exit(bot: Pick<Bot, 'id' | 'mode'>, instrument: string): Promise<void> {
  const whom = `${instrument} of ${bot.id}`
  const answer = await ask({
    title: `Exit ${whom}`,
    harm: { ...harmOf('flatten', { ids: [bot.id], modes: [bot.mode], withPositions: 1 }), phrase: 'exit', consequence: 'Its orders there are cancelled and the position is closed at the market. The strategy may not enter again until its target changes.' },
    subject: `Bot ${bot.id}: ${bot.mode === 'live' ? 'real money' : 'no real money'}.`,
    choices: [],
    confirmLabel: `Exit ${instrument}`,
  })
  if (answer === undefined) return
  await report('flatten', whom, async (asking) => {
    const body = { instrument, reason: answer.reason || 'asked for on the dashboard' }
    return carryOut((header) => bodyOf(api.POST('/api/v1/bots/{bot_id}/exit', { params: { path: { bot_id: bot.id }, header }, body })), `Exiting ${whom}`, asking)
  })
}
