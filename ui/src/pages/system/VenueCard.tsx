/** One venue: whose money, how it is reached, what it can do, and how much of its budgets is used. */
import { Alert, Anchor, Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import type { Schemas } from '../../api/client'
import { ModeBadge } from '../../components/Badges'
import { Moment } from '../../components/Moment'
import { Panel } from '../../components/Panel'
import { integer, milliseconds } from '../../format/numbers'
import classes from './system.module.css'

type VenueView = Schemas['VenueView']

export function VenueCard({ venue }: { venue: VenueView }) {
  return (
    <Panel title={venue.name} aside={<Group gap={6}><Badge size="sm" radius="sm" variant="dot" color={venue.is_open ? 'teal' : 'gray'}>{venue.is_open ? 'Open' : 'Not open'}</Badge><ModeBadge mode={venue.mode} /></Group>}>
      <Stack gap="xs">
        {venue.trouble != null && <Alert color="red" p="xs" title="Trouble">{venue.trouble}</Alert>}
        {venue.held != null && <Alert color="orange" p="xs" title="Held: no bot of it may send">{venue.held}</Alert>}
        <Facts venue={venue} />
        <Budgets budgets={venue.budgets} />
        <details className={classes.more}>
          <summary>What it can do, and what is assumed of it</summary>
          <Capabilities able={venue.capabilities} />
          <dl className={classes.facts}>{Object.entries(venue.assumptions).map(([name, text]) => <Fragment key={name}><dt>{name}</dt><dd>{text}</dd></Fragment>)}</dl>
        </details>
      </Stack>
    </Panel>
  )
}

function Facts({ venue }: { venue: VenueView }) {
  const offset = venue.clock_offset_ms
  const facts: [string, ReactNode][] = [
    ['Adapter', [venue.adapter, venue.exchange, venue.market].filter((part) => part != null).join(' · ')],
    ['Live', venue.live ? <strong key="l">yes: real money</strong> : 'no'],
    ['Credential', venue.credential ?? 'none'],
    ['Address', venue.base_url ?? '–'],
    ['Clock offset', offset == null ? 'not measured' : <span key="o" className={Math.abs(offset) > 500 ? classes.bad : undefined}>{milliseconds(offset)}{Math.abs(offset) > 500 && ' ⚠ no new exposure'}</span>],
    ['Instruments', integer(venue.instruments)],
    ['Bots', <Anchor key="b" size="sm" renderRoot={(props) => <Link to="/" search={{ venue: venue.name }} {...props} />}>{integer(venue.bots)}</Anchor>],
  ]
  return <dl className={classes.facts}>{facts.map(([term, fact]) => <Fragment key={term}><dt>{term}</dt><dd>{fact}</dd></Fragment>)}</dl>
}

function Budgets({ budgets }: { budgets: VenueView['budgets'] }) {
  if (budgets.length === 0) return <Text size="xs" className="quiet">Without budgets: its requests cost nothing.</Text>
  return (
    <Stack gap={8}>
      {budgets.map(({ name, used, capacity, per_s: perSecond, waiting, closed_until: closed }) => {
        const share = capacity === 0 ? 0 : used / capacity
        return (
          <div key={name}>
            <Group justify="space-between" gap="xs"><Text size="xs" fw={600}>{name}</Text><Text size="xs" className="num">{integer(used)} of {integer(capacity)}</Text></Group>
            <Progress value={Math.min(100, share * 100)} color={closed != null || share >= 0.9 ? 'red' : share >= 0.7 ? 'orange' : 'sea'} size="sm" my={3} aria-label={`${name}: ${integer(used)} of ${integer(capacity)} used`} />
            <Text size="xs" className="quiet">
              {perSecond} a second come back{waiting > 0 && <strong className={classes.warning}> · {integer(waiting)} waiting</strong>}{closed != null && <strong className={classes.bad}> · closed until <Moment at={closed} short /></strong>}
            </Text>
          </div>
        )
      })}
    </Stack>
  )
}

const yes = (is: boolean): string => (is ? 'yes' : 'no')

function Capabilities({ able }: { able: VenueView['capabilities'] }) {
  const facts: [string, string][] = [
    ['Order ids', `class ${able.client_id_class}: ${able.client_id_class_means}`],
    ['Orders', able.order_types.join(', ')], ['Time in force', able.time_in_force.join(', ')], ['Streams', able.streams.length === 0 ? 'none; it is polled' : able.streams.join(', ')],
    ['Stops rest there', yes(able.stop_orders)], ['Order lists', yes(able.order_lists)], ['Post only', yes(able.post_only)], ['Reduce only', yes(able.reduce_only)], ['Margin', yes(able.margin)],
    ['Cancel-all timer', yes(able.cancel_all_after)], ['Deadline', able.window_s == null ? 'enforces none' : `${able.window_s} s`], ['Orders show after', `${able.visibility_lag_s} s`],
  ]
  return <dl className={classes.facts}>{facts.map(([term, fact]) => <Fragment key={term}><dt>{term}</dt><dd>{fact}</dd></Fragment>)}</dl>
}
