/** What makes a bot decide: each closed candle, or a clock. */
import { Group, Input, SegmentedControl } from '@mantine/core'
import { useId } from 'react'
import { useField } from '../context'
import { FieldInput } from '../fields/FieldInput'
import { isByClock } from './shown'
import { specField } from './specSchema'

export function CycleInput() {
  const { value, set, error } = useField(['cycle'])
  const label = useId()
  const byClock = isByClock(value)
  return (
    <Group align="flex-start" gap="sm">
      <Input.Wrapper label={<span id={label}>Decides</span>} error={error}>
        <div>
          <SegmentedControl
            aria-labelledby={label} value={byClock ? 'clock' : 'candle'} onChange={(next) => set(next === 'clock' ? { every_s: 60 } : { on: 'candle' })}
            data={[{ value: 'candle', label: 'When a candle closes' }, { value: 'clock', label: 'By the clock' }]}
          />
        </div>
      </Input.Wrapper>
      {byClock && <FieldInput named={specField('cycle.every_s')} at={['cycle']} />}
    </Group>
  )
}
