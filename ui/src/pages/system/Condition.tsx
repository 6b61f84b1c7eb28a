/** What stops the service or its trading: readiness, safe mode, and every halt, each of which can be lifted here. */
import { Button, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX, LifeBuoy, OctagonX } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Schemas } from '../../api/client'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { ask } from '../../commands/ask'
import { harmOf } from '../../commands/harm'
import { halt } from '../../commands/send'
import { steer, steerAll } from '../../commands/steer'
import { live } from '../../live/live'
import classes from './system.module.css'
import { useReadiness } from './useSystemWatch'

type SystemView = Schemas['SystemView']
type Halt = Schemas['Halt']

export function Condition({ view }: { view: SystemView }) {
  const { data: readiness } = useReadiness()
  const isReady = readiness?.ready ?? view.ready
  return (
    <Panel title="Condition">
      <div className={classes.lines}>
        {isReady
          ? <Line icon={<CircleCheck size={18} className={classes.good} />} title="Ready">Loop, journal and reconciler make progress.</Line>
          : <Line icon={<CircleX size={18} className={classes.bad} />} title="Not ready">{readiness?.reasons.join(' ') ?? 'Loop, journal or reconciler makes no progress.'}</Line>}
        {view.safe_mode == null
          ? <Line icon={<LifeBuoy size={18} className={classes.good} />} title="No safe mode">Bots that should run are started.</Line>
          : <Line icon={<LifeBuoy size={18} className={classes.bad} />} title="Safe mode: no bot is started">{view.safe_mode}</Line>}
        {view.halts.length === 0 && <Line icon={<OctagonX size={18} className={classes.good} />} title="No halt">Everything, every account and every bot may send orders.</Line>}
      </div>
      {view.halts.length > 0 && <Halts halts={view.halts} />}
    </Panel>
  )
}

function Line({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return <div className={classes.line}><span aria-hidden>{icon}</span><div><Text size="sm" fw={600}>{title}</Text><Text size="xs" className="quiet">{children}</Text></div></div>
}

function Halts({ halts }: { halts: readonly Halt[] }) {
  const queries = useQueryClient()
  const again = () => void queries.invalidateQueries({ queryKey: ['system'] })
  const columns: Column<Halt>[] = [
    { key: 'scope', head: 'Halted', cell: ({ scope }) => <Scope scope={scope} />, value: ({ scope }) => scope, phone: 'title' },
    { key: 'actor', head: 'By', cell: ({ actor }) => actor, value: ({ actor }) => actor },
    { key: 'reason', head: 'Why', cell: ({ reason }) => (reason === '' ? <span className="quiet">–</span> : <bdi className="why">{reason}</bdi>) },
    { key: 'at', head: 'Since', cell: ({ at }) => <Moment at={at} />, value: ({ at }) => at },
    { key: 'lift', head: 'Lift', phone: 'bare', cell: ({ scope }) => <Button size="compact-xs" variant="default" aria-label={`Lift the halt of ${scope}`} onClick={() => void lift(scope).then(again)}>Lift…</Button> },
  ]
  return <DataTable label="Halts in force" columns={columns} rows={halts} keyOf={({ scope }) => scope} />
}

/** Return what a scope names: `system`, `account:NAME`, `bot:ID`. */
const partsOf = (scope: string): [kind: string, name: string] => {
  const colon = scope.indexOf(':')
  return colon < 0 ? [scope, ''] : [scope.slice(0, colon), scope.slice(colon + 1)]
}

function Scope({ scope }: { scope: string }) {
  const [kind, name] = partsOf(scope)
  if (kind === 'bot') return <>bot <BotLink id={name} /></>
  return <strong>{kind === 'account' ? `account ${name}` : 'everything'}</strong>
}

async function lift(scope: string): Promise<void> {
  const [kind, name] = partsOf(scope)
  const bot = live.fleet.bot(name)
  if (kind === 'bot' && bot !== undefined) return steer('unhalt', [bot])
  if (kind === 'system') return steerAll('unhalt', live.known())
  // An account, or a bot that this page does not know: whether real money is behind it is told by the fleet, and assumed where it is not.
  const modes = [...new Set(live.fleet.bots.filter((each) => each.venue === name).map(({ mode }) => mode))]
  const harm = harmOf('unhalt', { ids: 'all', modes: modes.length === 0 ? ['live'] : modes, withPositions: 0 })
  const answer = await ask({ title: `Lift the halt of ${kind} ${name}`, subject: `Every bot of ${kind} ${name}.`, harm, choices: [], confirmLabel: 'Lift the halt' })
  if (answer !== undefined) await halt('unhalt', kind === 'bot' ? { bot_id: name } : { account: name }, answer.reason)
}
