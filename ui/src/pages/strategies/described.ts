/** Parameters in words, one row each; those within a group follow it by their path. */
import { limitsText } from '../../forms/check'
import { brief } from '../../forms/json'
import type { Field, Named } from '../../forms/schema'

export interface Described {
  name: string
  type: string
  fallback: string
  limits: string
  meaning: string
}

export function described({ name, field, isRequired }: Named, within = ''): Described[] {
  const path = within + name
  const row = {
    name: path,
    type: typeText(field),
    fallback: field.fallback === undefined ? (isRequired ? 'must be given' : '–') : brief(field.fallback),
    limits: limitsText(field) || '–',
    meaning: [field.description, field.unit && `(${field.unit})`].filter(Boolean).join(' ') || '–',
  }
  return field.kind === 'group' ? [row, ...field.fields.flatMap((inner) => described(inner, `${path}.`))] : [row]
}

const PLAIN: Record<Exclude<Field['kind'], 'number' | 'list' | 'free'>, string> = { decimal: 'decimal', text: 'text', flag: 'yes or no', choice: 'one of', group: 'group' }

function typeText(field: Field): string {
  const type = field.kind === 'number' ? (field.isInteger ? 'whole number' : 'number') : field.kind === 'list' ? `list: ${typeText(field.item)}` : field.kind === 'free' ? 'JSON' : PLAIN[field.kind]
  return field.nullable ? `${type}, or none` : type
}

/** A docstring with its paragraphs, and without the line breaks that its author's editor made. */
export const reflowed = (text: string): string => text.split(/\n\s*\n/).map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, ' ')).join('\n\n')
