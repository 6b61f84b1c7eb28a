/** What a person does to an account: accept its drift, lift its halt. */
import { api, bodyOf, idempotent, type Mode, type Schemas } from '../../api/client'
import { ask } from '../../commands/ask'
import { harmOf } from '../../commands/harm'
import { halt, report } from '../../commands/send'

/** Take what the venue has more or less as external, after a confirmation that real money wants typed. */
export async function acceptDrift({ account, mode, drift }: Schemas['AccountView']): Promise<void> {
  const amounts = Object.entries(drift).map(([asset, amount]) => `${amount} ${asset}`).join(', ')
  const consequence = 'The difference becomes external: it belongs to no bot, and new exposure there is open again. No book is changed and nothing is traded.'
  const answer = await ask({
    title: `Accept the drift of ${account}`,
    subject: `Account ${account}, ${mode === 'live' ? 'real money' : 'no real money'}: ${amounts}.`,
    harm: { confirm: mode === 'live' ? 'typed' : 'click', phrase: mode === 'live' ? account : '', consequence },
    choices: [],
    confirmLabel: 'Accept the drift',
  })
  if (answer === undefined) return
  await report(['Accepting the drift of', 'drift accepted'], account, async () => {
    await bodyOf(api.POST('/api/v1/accounts/{account}/accept-drift', { params: { path: { account }, header: idempotent() }, body: { reason: answer.reason } }))
    return undefined
  })
}

/** Lift the halt of an account. */
export async function liftAccount(account: string, mode: Mode): Promise<void> {
  const answer = await ask({
    title: `Lift the halt of account ${account}`, subject: `Every bot of account ${account}: ${mode === 'live' ? 'real money' : 'no real money'}.`,
    harm: harmOf('unhalt', { ids: 'all', modes: [mode], withPositions: 0 }), choices: [], confirmLabel: 'Lift the halt',
  })
  if (answer !== undefined) await halt('unhalt', { account }, answer.reason)
}
