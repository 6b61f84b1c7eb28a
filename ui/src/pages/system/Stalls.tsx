/** When the loop stood still, for how long, and because of what. */
import { Badge, Text } from '@mantine/core'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { BotLink } from '../../components/table/BotLink'
import type { Column } from '../../components/table/columns'
import { DataTable } from '../../components/table/DataTable'
import { span } from '../../format/times'
import type { Stall } from './readings'
import classes from './system.module.css'

const COLUMNS: readonly Column<Stall>[] = [
  { key: 'at', head: 'When', cell: ({ at }) => <Moment at={at} />, value: ({ at }) => at, phone: 'title' },
  { key: 'severity', head: 'How bad', cell: ({ severity }) => <Badge size="sm" radius="sm" variant="light" color={severity === 'warning' ? 'yellow' : 'red'}>{severity}</Badge>, value: ({ severity }) => severity, phone: 'title' },
  { key: 'task', head: 'Culprit', cell: ({ task }) => <Culprit task={task} />, value: ({ task }) => task },
  { key: 'where', head: 'At', cell: ({ stack }) => <span className="mono">{stack.at(-1) ?? ''}</span>, isExtra: true },
  { key: 'seconds', head: 'For', cell: ({ seconds }) => (seconds >= 1 && seconds < 60 ? `${seconds.toFixed(1)} s` : span(seconds)), value: ({ seconds }) => seconds, align: 'right' },
]

export function Stalls({ stalls }: { stalls: readonly Stall[] }) {
  return (
    <Panel title="Stalls of the loop" aside={<Text size="xs" className="quiet">the last 20 since the boot</Text>}>
      {stalls.length === 0
        ? <Text size="sm" className="quiet" py={6}>None: nothing held the loop for longer than a tenth of a second.</Text>
        : <DataTable label="Stalls of the loop" columns={COLUMNS} rows={stalls} keyOf={({ at, task }) => `${at} ${task}`} open={({ stack }) => <pre className={classes.stack}>{stack.join('\n')}</pre>} />}
    </Panel>
  )
}

/** A task is named for what it runs: `bot:ID` is a bot's. */
function Culprit({ task }: { task: string }) {
  return task.startsWith('bot:') ? <BotLink id={task.slice(4)} /> : <span className="mono">{task === '' ? 'no task' : task}</span>
}
