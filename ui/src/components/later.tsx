/** Parts that the first load does without: fetched when they are first shown, or soon after the page has loaded. */
import { createElement, lazy, Suspense, type ComponentType } from 'react'
import { patiently } from './patience'

const SOON_MS = 8000

/** Return a component that loads another one, by its name, when it is first drawn. Nothing is shown until then.
 *
 * `soon`: what is needed even while the service is away, to ask before a command and to tell its outcome, is fetched beforehand.
 */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name, when: 'drawn' | 'soon' = 'drawn') {
  const Loaded = lazy(async (): Promise<{ default: ComponentType<Props> }> => ({ default: (await patiently(load))[name] }))
  if (when === 'soon') addEventListener('load', () => setTimeout(() => void load().catch(() => undefined), SOON_MS))
  return function Later(props: Props) {
    return <Suspense fallback={null}>{createElement(Loaded as ComponentType<Props>, props)}</Suspense>
  }
}
