/** A line over time, loaded with the chart library when it is first shown; until then its place is kept. */
import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { patiently } from '../patience'
import type { SeriesProps } from './SeriesChart'

const Chart = lazy(() => patiently(() => import('./SeriesChart')).then(({ SeriesChart }) => ({ default: SeriesChart })))

export function Series(props: SeriesProps) {
  return <Suspense fallback={<Skeleton height={props.height} />}><Chart {...props} /></Suspense>
}
