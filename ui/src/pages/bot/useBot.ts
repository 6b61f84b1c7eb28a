/** One bot as a whole, kept up: asked for again, gently, whenever the stream tells of it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api, bodyOf } from '../../api/client'
import { asProblem } from '../../api/problems'
import { gently } from '../../components/table/pages'
import { live } from '../../live/live'

const GENTLY_MS = 1000
const POLL_MS = 5000 // prices move though nothing happens to the bot
const EVENTS = ['bot.state', 'order', 'fill']

export const botKey = (botId: string) => ['bot', botId] as const
/** Whether there is no such bot (any more): what is not worth asking again. */
export const isGone = (error: unknown): boolean => error !== null && asProblem(error).status === 404
export const isOf = (botId: string, payload: unknown): boolean => (payload as { id?: string } | null)?.id === botId

export function useBot(botId: string) {
  const queries = useQueryClient()
  useEffect(() => {
    const { ask, stop } = gently(() => void queries.invalidateQueries({ queryKey: botKey(botId), exact: true }), GENTLY_MS)
    const leave = EVENTS.map((event) => live.on(event, (payload) => { if (isOf(botId, payload)) ask() }))
    const leaveResync = live.on('resync', ask)
    return () => {
      stop()
      leaveResync()
      leave.forEach((each) => each())
    }
  }, [queries, botId])
  return useQuery({
    queryKey: botKey(botId),
    queryFn: () => bodyOf(api.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId } } })),
    refetchInterval: ({ state }) => (isGone(state.error) ? false : POLL_MS),
  })
}
