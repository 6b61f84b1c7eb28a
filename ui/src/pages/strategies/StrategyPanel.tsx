/** One strategy: its description, its parameters as a table, the bots that run it. */
import { Alert, Badge, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Plus, TriangleAlert } from 'lucide-react'
import { TextLink } from '../../components/TextLink'
import { isObject, type JsonObject } from '../../forms/json'
import { fieldsOf, type Named } from '../../forms/schema'
import { GUARDS } from '../../forms/spec/shown'
import type { Strategy } from '../../forms/spec/SpecFields'
import { described, reflowed } from './described'
import { SOURCES } from './sources'
import classes from './strategies.module.css'

const SHOWN = 12 // bots named before "and n more"

export function StrategyPanel({ strategy: { name, description, source, parameters, error }, bots }: { strategy: Strategy; bots: readonly string[] }) {
  const fields = fieldsOf(parameters as JsonObject | null)
  const own = fields.filter(({ name: each }) => !GUARDS.includes(each))
  const guards = fields.filter(({ name: each }) => GUARDS.includes(each))
  const whole = isObject(parameters) && typeof parameters.description === 'string' ? parameters.description : description
  return (
    <Paper withBorder p="sm" component="section" aria-label={name}>
      <Group justify="space-between" gap="xs">
        <Group gap={8}>
          <Title order={2} fz="md" fw={650}>{name}</Title>
          <Badge size="sm" radius="sm" variant="default" title={SOURCES[source]}>{source}</Badge>
          {error != null && <Badge size="sm" radius="sm" color="red" variant="light">Broken</Badge>}
        </Group>
        {error == null && <Button size="xs" variant="light" leftSection={<Plus size={14} />} renderRoot={(props) => <Link to="/new" search={{ strategy: name }} {...props} />}>New bot with {name}</Button>}
      </Group>
      <Stack gap="xs" mt={4}>
        <Text size="sm" className={classes.description}>{reflowed(whole)}</Text>
        {error != null && <Alert color="red" icon={<TriangleAlert size={16} />} p="xs" title="It cannot be used"><span className={classes.error}>{error}</span></Alert>}
        <Runners bots={bots} />
        {error == null && own.length > 0 && <Parameters fields={own} caption={`Parameters of ${name}`} />}
        {error == null && own.length === 0 && <Text size="sm" className="quiet">It has no parameters of its own.</Text>}
        {guards.length > 0 && <details><summary><Text size="sm" component="span">Guards of each position ({guards.length})</Text></summary><Parameters fields={guards} caption={`Guards that ${name} takes`} /></details>}
      </Stack>
    </Paper>
  )
}

function Runners({ bots }: { bots: readonly string[] }) {
  if (bots.length === 0) return <Text size="sm" className="quiet">No bot runs it.</Text>
  return (
    <Text size="sm">
      <span className="quiet">{bots.length === 1 ? '1 bot: ' : `${bots.length} bots: `}</span>
      {bots.slice(0, SHOWN).map((id, place) => <span key={id}>{place > 0 && ', '}<TextLink to="/bots/$botId" params={{ botId: id }}>{id}</TextLink></span>)}
      {bots.length > SHOWN && <span className="quiet"> and {bots.length - SHOWN} more</span>}
    </Text>
  )
}

function Parameters({ fields, caption }: { fields: readonly Named[]; caption: string }) {
  return (
    <Table.ScrollContainer minWidth={560} type="native" tabIndex={0} role="group" aria-label={caption}>
      <Table fz="sm" verticalSpacing={5} className={classes.table}>
        <Table.Thead><Table.Tr>{['Name', 'Type', 'Default', 'Limits', 'Meaning'].map((head) => <Table.Th key={head} scope="col">{head}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {fields.flatMap((named) => described(named)).map(({ name, type, fallback, limits, meaning }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" className="mono">{name}</Table.Th>
              <Table.Td>{type}</Table.Td>
              <Table.Td className="mono">{fallback}</Table.Td>
              <Table.Td>{limits}</Table.Td>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
