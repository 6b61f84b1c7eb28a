/** What specs may name: strategies and venues, asked for once and kept for a while. */
import { queryOptions } from '@tanstack/react-query'
import { api, bodyOf } from '../api/client'

export const strategiesQuery = queryOptions({
  queryKey: ['strategies'],
  queryFn: async () => (await bodyOf(api.GET('/api/v1/strategies'))).items,
  staleTime: 15_000,
})

export const venuesQuery = queryOptions({
  queryKey: ['venues'],
  queryFn: async () => (await bodyOf(api.GET('/api/v1/venues'))).items,
  staleTime: 15_000,
})
