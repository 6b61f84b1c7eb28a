/** The situations of a page that has nothing to show: loading, empty, refused, broken. Each says what is and what to do. */
import { Button, Center, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { CircleAlert, Inbox, Lock, RotateCcw, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'
import { asProblem } from '../api/problems'

function Situation({ icon, title, children, action }: { icon: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center mih={220} p="md">
      <Stack align="center" gap="xs" maw={460} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <ThemeIcon size={44} radius="xl" variant="light" color="gray" aria-hidden>{icon}</ThemeIcon>
        <Text fw={600} ta="center">{title}</Text>
        {children !== undefined && <Text size="sm" className="quiet" ta="center" component="div">{children}</Text>}
        {action}
      </Stack>
    </Center>
  )
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <Situation icon={<Inbox size={22} />} title={title} action={action}>{children}</Situation>
}

/** Rows of the height that the content will have, so that nothing moves when it comes. */
export function Loading({ rows = 6, height = 34 }: { rows?: number; height?: number }) {
  return (
    <Stack gap={6} aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, row) => <Skeleton key={row} height={height} />)}
    </Stack>
  )
}

/** A request that failed: refused (403), unreachable, not there (404), or broken. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error)
  if (problem.code === 'other_version') return <Situation icon={<RotateCcw size={22} />} title={problem.title} action={<Button size="xs" onClick={() => location.reload()}>Load anew</Button>}>{problem.message}</Situation>
  const again = retry && <Button size="xs" variant="default" leftSection={<RotateCcw size={14} />} onClick={retry}>Try again</Button>
  if (problem.status === 403) {
    return <Situation icon={<Lock size={22} />} title="You may not see this">{problem.message} Ask whoever runs this service for access.</Situation>
  }
  const icon = problem.isUnreachable ? <Unplug size={22} /> : <CircleAlert size={22} />
  return <Situation icon={icon} title={problem.title} action={again}>{problem.message}</Situation>
}
