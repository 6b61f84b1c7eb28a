/** The tabs of a bot's page, as its address names them. */

export const TABS = [
  { value: 'overview', label: 'Overview' },
  { value: 'orders', label: 'Orders' },
  { value: 'fills', label: 'Fills' },
  { value: 'log', label: 'Log' },
  { value: 'events', label: 'Events' },
  { value: 'spec', label: 'Spec' },
] as const
export type Tab = (typeof TABS)[number]['value']

/** Return the tab of a word in an address; the first where there is no such tab. */
export const tabOf = (word: string | undefined): Tab => TABS.find(({ value }) => value === word)?.value ?? 'overview'
