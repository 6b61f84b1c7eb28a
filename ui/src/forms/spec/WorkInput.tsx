/** What a bot runs: a strategy by its name, or a main function. */
import { Autocomplete, Group, Input, SegmentedControl, Stack, Text } from '@mantine/core'
import { useId, useState } from 'react'
import { useField, useForm } from '../context'
import { withWork } from './drafts'
import { isMain } from './shown'
import type { Strategy } from './SpecFields'

interface Props {
  strategies: readonly Strategy[]
  onStrategy: (name: string) => void
}

export function WorkInput({ strategies, onStrategy }: Props) {
  const form = useForm()
  const label = useId()
  const [other, setOther] = useState('') // the name of the other kind, found again when it is turned back
  const kind = isMain(form.value) ? 'main' : 'strategy'
  const { value, error } = useField([kind])
  const name = typeof value === 'string' ? value : ''
  const strategy = strategies.find((each) => each.name === name)
  const write = (next: string) => {
    if (kind === 'strategy') onStrategy(next)
    else form.set(['main'], next)
  }
  const turn = (next: string) => {
    setOther(name)
    form.set([], withWork(form.value, next === 'main' ? 'main' : 'strategy', other, form.value.params ?? {}))
  }
  return (
    <Stack gap={6}>
      <Group gap="sm" align="flex-start" wrap="wrap">
        <Input.Wrapper label={<span id={label}>Runs</span>}>
          <div><SegmentedControl aria-labelledby={label} value={kind} onChange={turn} data={[{ value: 'strategy', label: 'Strategy' }, { value: 'main', label: 'Main function' }]} /></div>
        </Input.Wrapper>
        <Autocomplete
          flex={1} miw={200} label={kind === 'main' ? 'Main function' : 'Strategy'} value={name} onChange={write} error={error} withAsterisk
          description={kind === 'main' ? 'A registered name, or package.module:function' : 'A name, or package.module:Class'} inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={kind === 'main' ? [] : strategies.filter((each) => each.error == null).map((each) => each.name)} comboboxProps={{ shadow: 'md' }} spellCheck={false}
        />
      </Group>
      {strategy !== undefined && <Text size="sm" className="quiet">{strategy.error ?? strategy.description}</Text>}
    </Stack>
  )
}
