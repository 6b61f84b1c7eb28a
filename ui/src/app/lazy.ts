/** Pages that are loaded when they are opened, with the component styles that the first load has no use for. */
import { lazyRouteComponent } from '@tanstack/react-router'
import { patiently } from '../components/patience'

/** Return a component that loads its page, by the name it is exported under. */
export function lazyPage<Name extends string>(load: () => Promise<Record<Name, () => React.ReactNode>>, name: Name) {
  return lazyRouteComponent(async () => (await patiently(() => Promise.all([load(), import('./mantine-more.css')])))[0], name)
}
