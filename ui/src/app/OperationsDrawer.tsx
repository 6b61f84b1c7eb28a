/** The operations of this tab, newest first, each with its progress and, where it failed, why. */
import { Modal, Progress, Stack, Text } from '@mantine/core'
import type { Tracked } from '../commands/operations'
import { whyFailed } from '../commands/send'
import { useReturnFocus } from '../components/useReturnFocus'

export function OperationsDrawer({ all, onClose }: { all: readonly Tracked[]; onClose: () => void }) {
  useReturnFocus()
  return (
    <Modal opened onClose={onClose} title="Operations" size="md">
      {all.length === 0 && <Text size="sm" className="quiet">Nothing was asked in this tab yet. The system page lists what others asked.</Text>}
      <Stack gap="md">{all.map((operation) => <Row key={operation.id} operation={operation} />)}</Stack>
    </Modal>
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
      {state === 'failed' && <Text size="xs" className="down">{whyFailed(operation)}</Text>}
    </div>
  )
}
