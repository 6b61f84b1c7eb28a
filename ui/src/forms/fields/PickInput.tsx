/** What is chosen and not typed: yes or no, one of several, some words or numbers. */
import { Select, Switch, TagsInput } from '@mantine/core'
import { numberOf } from '../check'
import { useField } from '../context'
import { brief, isList, same, type Json, type Path } from '../json'
import type { ChoiceField, FlagField, ListField } from '../schema'
import { splitTags } from '../typed'
import { hintOf, placeholderOf } from './words'

const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error']

export function FlagInput({ field, path }: { field: FlagField; path: Path }) {
  const { value, set, error } = useField(path)
  const isOn = (value ?? field.fallback) === true
  return <Switch label={field.label} description={field.description} error={error} checked={isOn} mt={22} onChange={(event) => set(event.currentTarget.checked)} />
}

const wordOf = (option: Json): string => (typeof option === 'boolean' ? (option ? 'yes' : 'no') : brief(option))

export function ChoiceInput({ field, path, isRequired }: { field: ChoiceField; path: Path; isRequired: boolean }) {
  const { value, set, error } = useField(path)
  const current = value === undefined ? field.fallback : value
  const data = field.options.map((option) => ({ value: JSON.stringify(option), label: wordOf(option) }))
  // A value that is none of the choices is shown, with its fault, and not silently another.
  const isKnown = current == null || field.options.some((option) => same(option, current))
  const all = isKnown ? data : [...data, { value: JSON.stringify(current), label: wordOf(current) }]
  return (
    <Select
      label={field.label} description={hintOf(field)} error={error} data={all} value={current == null ? null : JSON.stringify(current)} withAsterisk={isRequired}
      clearable={field.nullable} placeholder={placeholderOf(field)} allowDeselect={false} inputWrapperOrder={ORDER} comboboxProps={{ shadow: 'md' }}
      onChange={(chosen) => set(chosen === null ? null : (JSON.parse(chosen) as Json))}
    />
  )
}

export function ListInput({ field, path, isRequired }: { field: ListField; path: Path; isRequired: boolean }) {
  const { value, set, error } = useField(path)
  const isNumeric = field.item.kind === 'number'
  const suggestions = field.item.kind === 'choice' ? field.item.options.map(brief) : []
  const options = field.item.kind === 'choice' ? field.item.options : []
  const read = (text: string): Json => (isNumeric ? (numberOf(text) ?? text) : (options.find((option) => brief(option) === text) ?? text))
  const shown = isList(value) ? value : []
  const take = (tags: string[]) => set(tags.length === 0 && field.fallback !== undefined ? undefined : splitTags(tags, field.item.kind === 'text' ? 'words' : 'all').map(read))
  return (
    <TagsInput
      label={field.label} description={hintOf(field)} error={error} withAsterisk={isRequired} inputWrapperOrder={ORDER} data={suggestions}
      placeholder={shown.length > 0 ? '' : placeholderOf(field)} allowDuplicates={!field.isUnique} value={shown.map(String)}
      splitChars={[',', ';']} onChange={take}
    />
  )
}
