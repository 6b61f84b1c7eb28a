/** Leading the eye, and the focus, to what is wrong in a form. */
import type { SpecForm } from './useSpecForm'

const NAMED = 4

/** How many fields are wrong, and which. */
export function wrongText({ wrong, form }: Pick<SpecForm, 'wrong' | 'form'>): string {
  const names = [...new Set([...form.problems.keys(), ...form.unread.keys()])]
  const said = names.length === 0 ? '' : `: ${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`
  return `${wrong === 1 ? 'One field is wrong' : `${wrong} fields are wrong`}${said}.`
}

/** Put the focus into the first faulty field, once the faults are drawn. */
export function focusFirstFault(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('#content [aria-invalid="true"]')?.focus())
}
