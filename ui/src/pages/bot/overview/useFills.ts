/** The bot's latest fills for the chart: the history once, then each as the stream tells it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api, bodyOf, type Schemas } from '../../../api/client'
import { withFill, type ChartFill } from '../../../components/charts/fillMarks'
import { useStreamEvent } from '../../../live/hooks'
import { botKey, isOf } from '../useBot'

/** As many as can be told apart on a chart. */
const LATEST = 1000
const NONE: readonly ChartFill[] = []
type Told = Pick<Schemas['FillView'], 'trade_id' | 'instrument' | 'side' | 'quantity' | 'price' | 'market_time'>

const fillOf = ({ trade_id: tradeId, instrument, side, quantity, price, market_time: at }: Told): ChartFill => (
  { tradeId, instrument, side, quantity: Number(quantity), price: Number(price), time: Date.parse(at) / 1000 }
)

export function useFills(botId: string): readonly ChartFill[] {
  const queries = useQueryClient()
  const queryKey = [...botKey(botId), 'fills', 'chart']
  const { data = NONE } = useQuery({
    queryKey,
    queryFn: async (): Promise<readonly ChartFill[]> => {
      const { items } = await bodyOf(api.GET('/api/v1/bots/{bot_id}/fills', { params: { path: { bot_id: botId }, query: { limit: LATEST } } }))
      return items.map(fillOf)
    },
    structuralSharing: false,
  })
  useStreamEvent('fill', (payload) => {
    if (isOf(botId, payload)) queries.setQueryData<readonly ChartFill[]>(queryKey, (known) => known && withFill(known, fillOf(payload as Told)))
  })
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: ['bot', botId, 'fills', 'chart'] }), [queries, botId])
  useStreamEvent('resync', again)
  return data
}
