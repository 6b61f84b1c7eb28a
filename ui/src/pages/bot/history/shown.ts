/** What the events tab can be narrowed to. Pure. */

export type Shown = 'main' | 'audit' | 'restarts' | 'all'

export const SHOWN: Record<Shown, { label: string; kinds: string; names: string }> = {
  main: { label: 'What happened', kinds: 'command,lifecycle,error,system', names: '' },
  audit: { label: 'Who asked', kinds: 'command', names: '' },
  restarts: { label: 'Crashes and restarts', kinds: '', names: 'BotCrashed,BotFailed,BotQuarantined,BotStarted' },
  all: { label: 'With orders', kinds: '', names: '' },
}

const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The fields of an event that explain it at a glance: the error, the wait before the restart. */
export function gistOf(fields: Record<string, unknown>): string {
  const error = ['error_type', 'error_message'].flatMap((name) => (fields[name] == null ? [] : [words(fields[name])])).join(': ')
  const wait = fields.delay_s == null ? '' : `restart in ${Number(fields.delay_s).toFixed(1)} s`
  const order = ['side', 'quantity', 'instrument', 'price'].flatMap((name) => (fields[name] == null ? [] : [words(fields[name])])).join(' ')
  return [error, wait, order].filter((part) => part !== '').join(' · ')
}
