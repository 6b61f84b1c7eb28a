/** The system every two seconds while its page is open, with the readings since then. */
import { useQuery } from '@tanstack/react-query'
import { api, bodyOf, type Schemas } from '../../api/client'
import { withReading, type Reading } from './readings'

const EVERY_MS = 2000
let readings: readonly Reading[] = [] // kept while this tab is: going to another page and back loses nothing but the time between

export interface Watched {
  view: Schemas['SystemView']
  readings: readonly Reading[]
}

export function useSystemWatch() {
  return useQuery({
    queryKey: ['system', 'watch'],
    refetchInterval: EVERY_MS,
    queryFn: async (): Promise<Watched> => {
      const view = await bodyOf(api.GET('/api/v1/system'))
      readings = withReading(readings, view, Date.now())
      return { view, readings }
    },
  })
}

/** Whether the service says that it does its work; a host application may serve no such address, which says nothing. */
export function useReadiness() {
  return useQuery({
    queryKey: ['readiness'],
    refetchInterval: 5000,
    queryFn: async (): Promise<Schemas['Readiness'] | null> => {
      const { data, error, response } = await api.GET('/readyz')
      return response.status === 200 || response.status === 503 ? ((data ?? error) as Schemas['Readiness'] | undefined) ?? null : null
    },
  })
}
