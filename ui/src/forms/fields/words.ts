/** The words beside a field: what it means, its limits, what holds while it is empty. */
import { limitsText, numberOf } from '../check'
import { brief, type Json } from '../json'
import type { Field } from '../schema'

/** The line below a field's name: meaning, limits, default. */
export function hintOf(field: Field): string {
  const limits = field.kind === 'choice' || (field.kind === 'text' && field.description !== '') ? '' : limitsText(field)
  return [field.description, limits, defaultText(field)].filter(Boolean).join(' · ')
}

/** A switch shows its default, and "none" stands in the empty field. */
const defaultText = ({ kind, fallback }: Field): string => (kind === 'flag' || kind === 'group' || isEmpty(fallback) ? '' : `default ${brief(fallback)}`)
const isEmpty = (value: Json | undefined): boolean => value === undefined || value === null || value === '' || brief(value) === '[]' || brief(value) === '{}'

/** What an empty field shows: what then holds. */
export const placeholderOf = ({ fallback, nullable }: Field): string => (isEmpty(fallback) ? (nullable || fallback !== undefined ? 'none' : '') : brief(fallback))

/** A fraction as people say it: `= 2 %`; "" where a field is no fraction. */
export function percentOf(field: Field, value: Json | undefined): string {
  if (!/\bfraction\b/i.test(field.description)) return ''
  const number = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : undefined
  return number === undefined ? '' : `= ${Number((number * 100).toPrecision(6))} %`
}
