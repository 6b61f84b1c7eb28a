/** Parts that the first load does without: fetched when they are first shown. */
import { createElement, lazy, Suspense, type ComponentType } from 'react'

/** Return a component that loads another one, by its name, when it is first drawn. Nothing is shown until then. */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name) {
  const Loaded: ComponentType<Props> = lazy(async () => ({ default: (await load())[name] })) as ComponentType<Props>
  return function Later(props: Props) {
    return <Suspense fallback={null}>{createElement(Loaded, props)}</Suspense>
  }
}
