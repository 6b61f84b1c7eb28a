/** The states of a bot as badges: shape, word and colour. */
import { Badge } from '@mantine/core'
import type { Desired, Mode, Observed, TradingState } from '../api/client'
import { MODES, OBSERVED, TRADING, type Look } from '../domain/states'

function StateLook({ look, variant = 'light' }: { look: Look; variant?: 'light' | 'outline' | 'filled' }) {
  return (
    <Badge size="sm" radius="sm" variant={variant} color={look.color} title={look.meaning}>{look.label}</Badge>
  )
}

export const ObservedBadge = ({ observed }: { observed: Observed }) => <StateLook look={OBSERVED[observed]} />
export const TradingBadge = ({ state }: { state: TradingState }) => <StateLook look={TRADING[state]} />
/** Whose money: filled for real money, so that it is never overlooked. */
export const ModeBadge = ({ mode }: { mode: Mode }) => <StateLook look={MODES[mode]} variant={mode === 'live' ? 'filled' : 'outline'} />

/** What is observed and, where it differs, what is wanted: `Stopping → stopped`. */
export function Lifecycle({ desired, observed }: { desired: Desired; observed: Observed }) {
  const isThere = observed === desired
  return (
    <span>
      <ObservedBadge observed={observed} />
      {!isThere && <span className="quiet" title="What was asked for"> → {desired === 'RUNNING' ? 'running' : 'stopped'}</span>}
    </span>
  )
}
