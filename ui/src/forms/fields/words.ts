/** The words beside a field: what it means, its limits, what holds while it is empty. */
import { limitsText, numberOf } from '../check'
import { brief, type Json } from '../json'
import type { Field } from '../schema'

/** The line below a field's name: meaning, limits, default. */
export function hintOf(field: Field): string {
  const limits = field.kind === 'choice' ? '' : limitsText(field)
  const fallback = field.kind === 'flag' || field.kind === 'group' || field.fallback === undefined || field.fallback === null || brief(field.fallback) === '[]' ? '' : `default ${brief(field.fallback)}`
  return [field.description, limits, fallback].filter(Boolean).join(' · ')
}

/** What an empty field shows: what then holds. */
export const placeholderOf = ({ fallback, nullable }: Field): string => (fallback === undefined || fallback === null ? (nullable ? 'none' : '') : brief(fallback))

/** A fraction as people say it: `= 2 %`; "" where a field is no fraction. */
export function percentOf(field: Field, value: Json | undefined): string {
  if (!/\bfraction\b/i.test(field.description)) return ''
  const number = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : undefined
  return number === undefined ? '' : `= ${Number((number * 100).toPrecision(6))} %`
}
