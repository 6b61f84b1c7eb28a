/** The bot's log: the backlog, and each line as the stream tells it; after a gap, the backlog again. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api, bodyOf } from '../../../api/client'
import { useStreamEvent } from '../../../live/hooks'
import { botKey, isOf } from '../useBot'
import { withBacklog, type Line } from './lines'

interface Log {
  boot: string
  lines: readonly Line[]
}

const BACKLOG = 1000
const DEBUG_POLL_MS = 3000 // the stream tells no debug lines

export function useLog(botId: string, withDebug: boolean) {
  const queries = useQueryClient()
  const queryKey = [...botKey(botId), 'log']
  const query = useQuery({
    queryKey,
    queryFn: async (): Promise<Log> => {
      const { boot, items } = await bodyOf(api.GET('/api/v1/bots/{bot_id}/logs', { params: { path: { bot_id: botId }, query: { limit: BACKLOG } } }))
      const known = queries.getQueryData<Log>(queryKey)?.lines ?? []
      return { boot, lines: withBacklog(known, items.map((line) => ({ ...line, boot }))) }
    },
    structuralSharing: false,
    refetchInterval: withDebug ? DEBUG_POLL_MS : false,
  })
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: ['bot', botId, 'log'] }), [queries, botId])
  useStreamEvent('resync', again)
  useStreamEvent('log', (payload) => {
    if (isOf(botId, payload)) queries.setQueryData<Log>(queryKey, (log) => log && { ...log, lines: withBacklog(log.lines, [{ ...(payload as Line), boot: log.boot }]) })
  })
  return query
}
