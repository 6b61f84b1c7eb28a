/** The input of a field, whatever kind it is; groups draw theirs within a frame. */
import { Fieldset, SimpleGrid, Switch, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { FormContext, useField, useForm, type Form } from '../context'
import { isObject, valueAt, withValueAt, type Json, type JsonObject, type Path } from '../json'
import type { FreeField, GroupField, Named } from '../schema'
import { FreeInput } from './FreeInput'
import { ChoiceInput, FlagInput, ListInput } from './PickInput'
import { TypedInput } from './TypedInput'
import { hintOf, placeholderOf } from './words'

export function FieldInput({ named: { name, field, isRequired }, at, unit }: { named: Named; at: Path; unit?: string }) {
  const path = [...at, name]
  const mustSay = isRequired && field.fallback === undefined
  switch (field.kind) {
    case 'number':
    case 'decimal':
    case 'text':
      return <TypedInput field={field} path={path} isRequired={mustSay} {...(unit === undefined ? {} : { unit })} />
    case 'flag':
      return <FlagInput field={field} path={path} />
    case 'choice':
      return <ChoiceInput field={field} path={path} isRequired={mustSay} />
    case 'list':
      return <ListInput field={field} path={path} isRequired={mustSay} />
    case 'group':
      return <GroupInput field={field} path={path} />
    case 'free':
      return <Free field={field} path={path} isRequired={mustSay} />
  }
}

export function FieldGrid({ fields, at }: { fields: readonly Named[]; at: Path }) {
  return (
    <Pairs>{fields.map((named) => <FieldInput key={named.name} named={named} at={at} />)}</Pairs>
  )
}

/** Two fields beside each other, one where there is room for no more. */
export const Pairs = ({ children }: { children: ReactNode }) => <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="sm">{children}</SimpleGrid>

function Free({ field, path, isRequired }: { field: FreeField; path: Path; isRequired: boolean }) {
  const { value, set, error } = useField(path)
  return <FreeInput label={field.label} hint={[hintOf(field), 'JSON'].filter(Boolean).join(' · ')} placeholder={placeholderOf(field)} path={path} value={value} set={set} error={error} isRequired={isRequired} />
}

function GroupInput({ field, path }: { field: GroupField; path: Path }) {
  const form = useForm()
  const { value, set, error } = useField(path)
  const isNone = value === null || (value === undefined && field.fallback === null)
  const fallback = isObject(field.fallback) ? field.fallback : undefined
  return (
    <Fieldset legend={field.label} p="sm">
      {field.description !== '' && <Text size="xs" className="quiet" mb="xs">{field.description}</Text>}
      {field.nullable && <Switch size="xs" mb="xs" label="Set" aria-label={`Set ${field.label}`} checked={!isNone} onChange={(event) => set(event.currentTarget.checked ? (fallback ?? {}) : null)} />}
      {error !== undefined && <Text size="xs" c="var(--mantine-color-error)">{error}</Text>}
      {!isNone && <FormContext value={value === undefined && fallback !== undefined ? begunFrom(form, path, fallback) : form}><FieldGrid fields={field.fields} at={path} /></FormContext>}
    </Fieldset>
  )
}

/** A form in which the group shows its default, and is written whole with the first change in it: a part alone would mean another rest. */
function begunFrom(form: Form, group: Path, fallback: JsonObject): Form {
  const set = (path: Path, value: Json | undefined) =>
    valueAt(form.value, group) === undefined ? form.set(group, withValueAt(fallback, path.slice(group.length), value)) : form.set(path, value)
  return { ...form, value: withValueAt(form.value, group, fallback), set }
}
