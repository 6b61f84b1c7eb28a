/** Parts that the first load does without: fetched when they are first shown. */
import { createElement, lazy, Suspense, type ComponentType } from 'react'

/** Return a component that loads another one, by its name, when it is first drawn. Nothing is shown until then. */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name) {
  const Loaded = lazy(async (): Promise<{ default: ComponentType<Props> }> => ({ default: (await load())[name] }))
  return function Later(props: Props) {
    return <Suspense fallback={null}>{createElement(Loaded as ComponentType<Props>, props)}</Suspense>
  }
}
