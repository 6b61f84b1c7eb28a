/** What a person says of an order: what became of one in doubt, and whose one is that no bot owns. */
import { api, bodyOf, idempotent, type Schemas } from '../../api/client'
import { ask } from '../../commands/ask'
import { report } from '../../commands/send'
import { live } from '../../live/live'

type OrderView = Pick<Schemas['OrderView'], 'bot_id' | 'intent_id' | 'instrument' | 'side' | 'quantity'>
export type External = Schemas['ExternalOrder']
type Verdict = 'placed' | 'not_placed'

const CONSEQUENCE: Record<Verdict, string> = {
  placed: 'The order counts no more for the bot, which trades on without it. What it trades, or traded, at the venue is the account’s and shows as drift; if it still rests there, a bot may claim it.',
  not_placed: 'The order counts no more, and the bot may send another in its place. Should the venue hold it after all, both may trade.',
}
const textOf = ({ side, quantity, instrument }: Pick<OrderView, 'side' | 'quantity' | 'instrument'>) => `${side} ${quantity} ${instrument}`

/** Close an order in doubt by a person's word, typed. */
export async function decide(order: OrderView, outcome: Verdict): Promise<void> {
  const { bot_id: bot, intent_id: intent } = order
  const word = outcome === 'placed' ? 'placed' : 'not placed'
  const answer = await ask({
    title: `Decide: the order was ${word}`,
    subject: `${textOf(order)} of bot ${bot}. Look at the venue before you answer; styrman goes on looking by itself meanwhile.`,
    harm: { confirm: 'typed', phrase: word, consequence: CONSEQUENCE[outcome] },
    choices: [],
    confirmLabel: `It was ${word}`,
  })
  if (answer === undefined) return
  await report(['Deciding on', 'decided'], `${textOf(order)} of ${bot}`, async () => {
    const params = { path: { bot_id: bot, intent_id: intent }, query: {}, header: idempotent() }
    await bodyOf(api.POST('/api/v1/bots/{bot_id}/intents/{intent_id}/decide', { params, body: { outcome, reason: answer.reason } }))
    return undefined
  })
}

/** Make a working order that no bot owns a bot's. Return whether it became one. */
export async function claim(account: string, order: External): Promise<boolean> {
  const isLive = order.claimable_by.some((id) => live.fleet.bot(id)?.mode === 'live')
  const answer = await ask({
    title: 'Claim an order for a bot',
    subject: `${textOf(order)} of account ${account}, order ${order.venue_order_id}.`,
    harm: { confirm: isLive ? 'typed' : 'click', phrase: isLive ? 'live' : '', consequence: 'From now on its fills go into the bot’s book. The bot’s plan does not know it: it rests until it trades, or the bot’s orders are cancelled.' },
    choices: [{ name: 'bot', label: 'For which bot', options: order.claimable_by.slice(0, 8).map((id) => ({ value: id, label: id })) }],
    confirmLabel: 'Claim it',
  })
  const bot = answer?.choices.bot
  if (answer === undefined || bot === undefined) return false
  let isClaimed = false
  await report(['Claiming', 'claimed'], `${textOf(order)} for ${bot}`, async () => {
    const params = { path: { account, venue_order_id: order.venue_order_id }, query: {}, header: idempotent() }
    await bodyOf(api.POST('/api/v1/accounts/{account}/orders/{venue_order_id}/claim', { params, body: { bot_id: bot, reason: answer.reason } }))
    isClaimed = true
    return undefined
  })
  return isClaimed
}
