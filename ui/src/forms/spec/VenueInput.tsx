/** Where a bot trades, with whose money: real money is told in red, and never only by colour. */
import { Alert, Group, Select, Text } from '@mantine/core'
import { TriangleAlert } from 'lucide-react'
import { ModeBadge } from '../../components/Badges'
import { MODES } from '../../domain/states'
import { useField } from '../context'
import type { Venue } from './SpecFields'

export function VenueInput({ venues }: { venues: readonly Venue[] }) {
  const { value, set, error } = useField(['venue'])
  const name = typeof value === 'string' ? value : null
  const venue = venues.find((each) => each.name === name)
  const data = venues.map((each) => ({ value: each.name, label: `${each.name} – ${MODES[each.mode].label}` }))
  const all = name !== null && venue === undefined ? [...data, { value: name, label: `${name} – not in the configuration` }] : data
  return (
    <>
      <Select
        label="Venue" withAsterisk data={all} value={name} onChange={(chosen) => set(chosen ?? undefined)} error={error} allowDeselect={false} placeholder="choose a venue" comboboxProps={{ shadow: 'md' }}
        renderOption={({ option }) => {
          const each = venues.find((one) => one.name === option.value)
          return <Group justify="space-between" w="100%" gap="xs"><Text size="sm">{option.value}</Text>{each && <ModeBadge mode={each.mode} />}</Group>
        }}
      />
      {venue?.mode === 'live' && <Alert color="red" icon={<TriangleAlert size={18} />} title="Real money">Orders of this bot go to the exchange, on account {venue.name}.</Alert>}
      {venue?.trouble != null && <Alert color="orange" p="xs">{venue.name} can't be reached or followed now: {venue.trouble}</Alert>}
      {venue?.held != null && <Alert color="orange" p="xs">Account {venue.name} is held: {venue.held}</Alert>}
    </>
  )
}
