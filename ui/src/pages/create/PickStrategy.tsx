/** The first step: every strategy with what it does. A broken one says why and cannot be picked. */
import { Badge, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ChevronRight, TriangleAlert } from 'lucide-react'
import { PageTitle } from '../../components/Panel'
import { TextLink } from '../../components/TextLink'
import type { Strategy } from '../../forms/spec/SpecFields'
import { SOURCES } from '../strategies/sources'
import classes from './pick.module.css'

export function PickStrategy({ strategies }: { strategies: readonly Strategy[] }) {
  const usable = strategies.filter(({ error }) => error == null)
  const broken = strategies.filter(({ error }) => error != null)
  return (
    <Stack gap="sm">
      <PageTitle>New bot</PageTitle>
      <Text size="sm" className="quiet">What should it run? Files that you put into the home's <code>strategies</code> folder appear here by themselves.</Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" className={classes.list}>
        {usable.map((strategy) => <li key={strategy.name}><Card strategy={strategy} /></li>)}
        {broken.map((strategy) => <li key={strategy.name}><Broken strategy={strategy} /></li>)}
      </SimpleGrid>
      <Text size="sm" className="quiet">
        Something installed, or a main function? <TextLink to="/new" search={{ strategy: '' }}>Type its name</TextLink>.
      </Text>
    </Stack>
  )
}

function Card({ strategy: { name, description, source } }: { strategy: Strategy }) {
  return (
    <Link to="/new" search={{ strategy: name }} className={classes.card}>
      <Group justify="space-between" wrap="nowrap" gap="xs"><Text fw={650} component="h2" fz="md">{name}</Text><Group gap={4} wrap="nowrap"><Source source={source} /><ChevronRight size={16} aria-hidden /></Group></Group>
      <Text size="sm" className="quiet" mt={4}>{description || 'It has no description.'}</Text>
    </Link>
  )
}

function Broken({ strategy: { name, source, error } }: { strategy: Strategy }) {
  return (
    <Paper withBorder p="sm" h="100%" className={classes.broken}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap={6} wrap="nowrap"><TriangleAlert size={16} aria-hidden /><Text fw={650} component="h2" fz="md">{name}</Text></Group>
        <Group gap={4} wrap="nowrap"><Badge size="sm" radius="sm" color="red" variant="light">Broken</Badge><Source source={source} /></Group>
      </Group>
      <Text size="xs" className={classes.error} mt={6}>{error}</Text>
    </Paper>
  )
}

const Source = ({ source }: { source: string }) => <Badge size="sm" radius="sm" variant="default" title={SOURCES[source]}>{source}</Badge>
