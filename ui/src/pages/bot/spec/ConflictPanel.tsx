/** Two changed one spec: what was, what they made of it, what I want; and the choice between them. */
import { Alert, Badge, Button, Code, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core'
import { GitMerge } from 'lucide-react'
import changesClasses from '../../../forms/changes.module.css'
import { divergences, type Divergence } from '../../../forms/diff'
import { brief, pathText, type Json } from '../../../forms/json'
import { specOf, type Tagged } from '../../../forms/spec/specRequests'
import type { Edit } from './edit'

interface Props {
  edit: Edit
  theirs: Tagged
  who: string
  takeTheirs: () => void
  reapply: () => void
}

const BY: Record<Divergence['by'], string> = { theirs: 'theirs', mine: 'yours', both: 'both, differently', alike: 'both, alike' }

export function ConflictPanel({ edit, theirs, who, takeTheirs, reapply }: Props) {
  const rows = divergences(specOf(edit.base.bot), specOf(theirs.bot), edit.mine)
  const clashes = rows.filter(({ by }) => by === 'both').length
  return (
    <Alert color="orange" variant="outline" icon={<GitMerge size={18} />} title="This spec was changed elsewhere" role="alert" data-testid="conflict">
      <Stack gap="sm">
        <Text size="sm">{who} Nothing of yours was saved. {clashes === 0 ? 'Your changes and theirs do not touch.' : `${clashes === 1 ? 'One field was' : `${clashes} fields were`} changed by both of you.`}</Text>
        <Table.ScrollContainer minWidth={520}>
          <Table verticalSpacing={6} fz="sm">
            <Table.Thead><Table.Tr>{['Field', 'It was', 'Theirs, now', 'Yours', 'Changed by'].map((name) => <Table.Th key={name} scope="col">{name}</Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((row) => <Row key={pathText(row.path)} row={row} />)}</Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <details>
          <summary><Text size="sm" component="span">Both versions in full</Text></summary>
          <SimpleGrid cols={{ base: 1, sm: 2 }} mt={6}><Full title="Theirs, now" spec={specOf(theirs.bot)} /><Full title="Yours" spec={edit.mine} /></SimpleGrid>
        </details>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={takeTheirs}>Take theirs</Button>
          <Button size="xs" onClick={reapply}>Put mine on top of theirs</Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function Row({ row: { path, base, theirs, mine, by } }: { row: Divergence }) {
  return (
    <Table.Tr className={by === 'both' ? changesClasses.clash : undefined}>
      <Table.Th scope="row" className={changesClasses.path}>{pathText(path)}</Table.Th>
      <Table.Td className="quiet">{brief(base)}</Table.Td>
      <Table.Td fw={by === 'mine' ? 400 : 600}>{brief(theirs)}</Table.Td>
      <Table.Td fw={by === 'theirs' ? 400 : 600}>{brief(mine)}</Table.Td>
      <Table.Td><Badge size="sm" radius="sm" variant="light" color={by === 'both' ? 'orange' : 'gray'}>{BY[by]}</Badge></Table.Td>
    </Table.Tr>
  )
}

const Full = ({ title, spec }: { title: string; spec: Json }) => <div><Text size="xs" fw={600} mb={4}>{title}</Text><Code block fz="xs">{JSON.stringify(spec, null, 2)}</Code></div>
