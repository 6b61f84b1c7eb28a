/** What was asked lately and what became of it, behind one button with the number that still runs. */
import { ActionIcon, Indicator, Popover, Progress, ScrollArea, Stack, Text, Tooltip } from '@mantine/core'
import { ListChecks } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { operations, type Tracked } from '../commands/operations'
import { whyFailed } from '../commands/send'

export function OperationsButton() {
  const all = useSyncExternalStore(operations.watch, () => operations.all)
  const running = all.filter(({ state }) => state === 'running').length
  return (
    <Popover width={340} position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <Tooltip label="What was asked, and what became of it">
          <Indicator disabled={running === 0} label={running} size={16} color="sea">
            <ActionIcon variant="default" size={30} aria-label={`Operations, ${running} running`}><ListChecks size={16} /></ActionIcon>
          </Indicator>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <ScrollArea.Autosize mah={360}>
          {all.length === 0 && <Text size="sm" className="quiet">Nothing was asked in this tab yet.</Text>}
          <Stack gap="sm">{all.map((operation) => <Row key={operation.id} operation={operation} />)}</Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  )
}

function Row({ operation }: { operation: Tracked }) {
  const { label, state, done, failed, total } = operation
  const color = state === 'failed' ? 'red' : state === 'succeeded' ? 'teal' : 'sea'
  return (
    <div>
      <Text size="sm" fw={550}>{label}</Text>
      <Progress value={total === 0 ? 100 : ((done + failed) / total) * 100} color={color} size="sm" my={4} animated={state === 'running'} aria-label={`${label}: ${done} of ${total}`} />
      <Text size="xs" className="quiet">{state}: {done} of {total} done{failed > 0 && `, ${failed} failed`}</Text>
      {state === 'failed' && <Text size="xs" c="red">{whyFailed(operation)}</Text>}
    </div>
  )
}
