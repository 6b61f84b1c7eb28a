/** The frame of everything on a page: a titled panel, and a figure with its label. */
import { Group, Paper, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export function Panel({ title, aside, children, mih }: { title?: string; aside?: ReactNode; children: ReactNode; mih?: number }) {
  return (
    <Paper withBorder p="sm" component="section" aria-label={title} {...(mih === undefined ? {} : { mih })}>
      {title !== undefined && (
        <Group justify="space-between" mb={8} gap="xs">
          <Title order={2} fz="sm" fw={600}>{title}</Title>
          {aside}
        </Group>
      )}
      {children}
    </Paper>
  )
}

/** A key figure: label, value, and a line below that explains it. The height stands whatever the value. */
export function Figure({ label, children, below }: { label: string; children: ReactNode; below?: ReactNode }) {
  return (
    <Paper withBorder px="sm" py={10} mih={92}>
      <Text size="xs" className="quiet" fw={600}>{label}</Text>
      <Text component="div" fz={21} fw={650} lh={1.35}>{children}</Text>
      <Text size="xs" className="quiet" component="div">{below}</Text>
    </Paper>
  )
}

export function PageTitle({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <Group justify="space-between" gap="xs" mih={36}>
      <Title order={1} fz={22}>{children}</Title>
      {aside}
    </Group>
  )
}
