/** Once the service is back, what failed while it was away is asked for again: whoever reads an error page need not press anything. */
import type { QueryClient } from '@tanstack/react-query'
import type { Live } from './live'

/** Watch until the returned function is called. */
export function recoverWith(live: Pick<Live, 'watch' | 'freshness'>, queries: Pick<QueryClient, 'refetchQueries'>): () => void {
  let before = live.freshness.state
  return live.watch(() => {
    const now = live.freshness.state
    if (before !== 'fresh' && now === 'fresh') void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' })
    before = now
  })
}
