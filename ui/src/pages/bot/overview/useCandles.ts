/** The candles of one instrument, polled as fast as they come and no faster; only what is new is asked for. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../../api/client'
import { barOf, decimalsOf, joined, pauseAfter, type Bar } from '../../../components/charts/bars'
import { botKey, isGone } from '../useBot'

interface Candles {
  bars: readonly Bar[]
  decimals: number
  pauseMs: number
}

const ALL = 500
const NEW = 30
const FIRST_PAUSE_MS = 4000
const LONG_PAUSE_MS = 10_000

export function useCandles(botId: string, instrument: string, timeframe: string) {
  const queries = useQueryClient()
  const queryKey = [...botKey(botId), 'candles', instrument, timeframe]
  const load = async (limit: number) => (
    (await bodyOf(api.GET('/api/v1/bots/{bot_id}/candles', { params: { path: { bot_id: botId }, query: { instrument, timeframe, limit } } }))).items
  )
  return useQuery({
    queryKey,
    queryFn: async (): Promise<Candles> => {
      const known = queries.getQueryData<Candles>(queryKey)
      if (known !== undefined && known.bars.length > 0) {
        const bars = joined(known.bars, (await load(NEW)).map(barOf))
        if (bars !== undefined) return { ...known, bars, pauseMs: pauseAfter(known.pauseMs, bars !== known.bars) }
      }
      const items = await load(ALL)
      return { bars: items.map(barOf), decimals: decimalsOf(items), pauseMs: FIRST_PAUSE_MS }
    },
    structuralSharing: false, // bars that did not change are the same array already
    refetchInterval: ({ state }) => (isGone(state.error) ? false : (state.data?.pauseMs ?? LONG_PAUSE_MS)),
    enabled: instrument !== '',
  })
}
