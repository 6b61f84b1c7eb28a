/** What a bot trades: instruments by name, or the most traded ones against a currency. */
import { Input, SegmentedControl, Stack, TagsInput } from '@mantine/core'
import { useId, useState } from 'react'
import { live } from '../../live/live'
import { useField, useForm } from '../context'
import { FieldInput, Pairs } from '../fields/FieldInput'
import { isList, isObject, type Json } from '../json'
import { splitTags } from '../typed'
import { currencyOf } from './drafts'
import { specField } from './specSchema'

export function InstrumentsInput() {
  const { value, set, error } = useField(['instruments'])
  const label = useId()
  const [other, setOther] = useState<Json>() // what was written the other way, found again when it is switched back
  const isSelector = isObject(value)
  const turn = () => {
    setOther(value)
    set(other ?? (isSelector ? [] : { quote: currencyOf(value) || 'USDT', top: 20 }))
  }
  return (
    <Stack gap={6}>
      <Input.Wrapper label={<span id={label}>Instruments</span>}>
        <div><SegmentedControl aria-labelledby={label} value={isSelector ? 'top' : 'named'} onChange={turn} data={[{ value: 'named', label: 'By name' }, { value: 'top', label: 'Most traded' }]} /></div>
      </Input.Wrapper>
      {isSelector ? <Selector error={error} /> : <Names value={value} set={set} error={error} />}
    </Stack>
  )
}

function Names({ value, set, error }: { value: Json | undefined; set: (value: Json) => void; error: string | undefined }) {
  const { value: spec } = useForm()
  const names = isList(value) ? value.map(String) : []
  return (
    <TagsInput
      aria-label="Instruments" description="BASE/QUOTE; Enter or a comma ends each" placeholder={names.length === 0 ? 'BTC/USDT' : ''} value={names} error={error} maxTags={500} maxDropdownHeight={220}
      data={tradedOn(spec.venue)} splitChars={[',', ' ', ';']} onChange={(tags) => set([...new Set(splitTags(tags, 'all').map((tag) => tag.toUpperCase()))])}
      inputWrapperOrder={['label', 'input', 'description', 'error']} comboboxProps={{ shadow: 'md' }}
    />
  )
}

function Selector({ error }: { error: string | undefined }) {
  return (
    <>
      <Pairs><FieldInput named={specField('instruments.quote')} at={['instruments']} /><FieldInput named={specField('instruments.top')} at={['instruments']} /></Pairs>
      <FieldInput named={specField('instruments.exclude')} at={['instruments']} />
      {error !== undefined && <Input.Error>{error}</Input.Error>}
    </>
  )
}

/** What the fleet trades on a venue already: offered while a name is typed. */
function tradedOn(venue: Json | undefined): string[] {
  const there = live.fleet.bots.filter((bot) => bot.venue === venue).flatMap((bot) => bot.instruments)
  return [...new Set(there)].sort()
}
