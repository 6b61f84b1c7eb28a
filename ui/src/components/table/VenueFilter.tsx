/** The filter by venue, of those that the configuration has. */
import { useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../api/client'
import { SelectFilter } from './Filters'

export function VenueFilter() {
  const { data } = useQuery({ queryKey: ['venues'], queryFn: () => bodyOf(api.GET('/api/v1/venues')), staleTime: 60_000 })
  return <SelectFilter name="venue" label="Any venue" options={data?.items.map(({ name }) => ({ value: name, label: name })) ?? []} />
}
