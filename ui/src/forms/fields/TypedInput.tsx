/** Numbers, decimals and words: a line of text, read as what the field wants. */
import { Checkbox, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useField } from '../context'
import type { Path } from '../json'
import type { DecimalField, NumberField, TextField } from '../schema'
import { asDigits, asNumber, asText, useTyped } from '../typed'
import { hintOf, percentOf, placeholderOf } from './words'

interface Props {
  field: NumberField | DecimalField | TextField
  path: Path
  isRequired: boolean
  /** Stands at the end of the line instead of the field's own unit. */
  unit?: string
}

export function TypedInput({ field, path, isRequired, unit = field.unit }: Props) {
  const { value, set, error } = useField(path)
  const isNumeric = field.kind !== 'text'
  const [text, type] = useTyped(value, field.kind === 'number' ? asNumber : field.kind === 'decimal' ? asDigits : asText, set)
  const effective = value ?? (value === null ? undefined : (field.fallback ?? undefined))
  const aside = unit || percentOf(field, effective)
  const mayBeNone = field.nullable && field.fallback != null // an empty field means the default then, so "none" needs a word of its own
  const isNone = mayBeNone && value === null
  const common = {
    label: field.label,
    description: hintOf(field),
    placeholder: isNone ? 'none' : placeholderOf(field),
    error,
    value: text,
    disabled: isNone,
    withAsterisk: isRequired,
    autoComplete: 'off',
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => type(event.currentTarget.value),
  }
  if (field.kind === 'text' && field.isSecret) return <PasswordInput {...common} />
  const section = aside === '' ? {} : { rightSection: <Text size="xs" className="quiet">{aside}</Text>, rightSectionWidth: Math.max(36, aside.length * 8 + 12), rightSectionPointerEvents: 'none' as const }
  return (
    <Stack gap={4}>
      <TextInput {...common} {...section} {...(isNumeric ? { inputMode: 'decimal' as const } : {})} spellCheck={false} />
      {mayBeNone && <Checkbox size="xs" label="None" aria-label={`${field.label}: none`} checked={isNone} onChange={(event) => set(event.currentTarget.checked ? null : undefined)} />}
    </Stack>
  )
}
