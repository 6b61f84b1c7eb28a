/** Asks before unsaved changes are left behind, by a link, the back button, or the tab's closing. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'

export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && !(current.pathname === next.pathname && tabOf(current.search) === tabOf(next.search)),
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  return (
    <Modal opened onClose={blocker.reset} title="Leave without saving?" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Text size="sm">The changes of this spec are not saved.</Text>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" size="sm" data-autofocus onClick={blocker.reset}>Stay</Button>
        <Button color="red" size="sm" onClick={blocker.proceed}>Discard and leave</Button>
      </Group>
    </Modal>
  )
}

const tabOf = (search: object): unknown => ('tab' in search ? search.tab : undefined)
