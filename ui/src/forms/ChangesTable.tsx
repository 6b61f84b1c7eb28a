/** Changes of a spec, by path: what is now, what will be. */
import { Table } from '@mantine/core'
import type { Change } from './diff'
import { brief, pathText } from './json'
import classes from './changes.module.css'

export function ChangesTable({ changes, before = 'Now', after = 'New' }: { changes: readonly Change[]; before?: string; after?: string }) {
  return (
    <Table className={classes.table} verticalSpacing={6} data-testid="changes">
      <Table.Thead><Table.Tr><Table.Th scope="col">Field</Table.Th><Table.Th scope="col">{before}</Table.Th><Table.Th scope="col">{after}</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {changes.map((change) => (
          <Table.Tr key={pathText(change.path)}>
            <Table.Th scope="row" className={classes.path}>{pathText(change.path)}</Table.Th>
            <Table.Td><del className={classes.before}>{brief(change.before)}</del></Table.Td>
            <Table.Td><ins className={classes.after}>{brief(change.after)}</ins></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
