/** A bot's equity over time, and how far it is below its best. Pure. */
import type { Schemas } from '../../../api/client'

export interface EquityCurve {
  /** Seconds since 1970, rising. */
  times: number[]
  equity: number[]
  /** At most zero: the loss since the best equity before, as a share of it. */
  drawdown: number[]
}

export function curveOf(points: readonly Pick<Schemas['EquityPoint'], 'at' | 'equity'>[], now?: { at: number; equity: number }): EquityCurve {
  const told = points.map(({ at, equity }) => ({ at: Date.parse(at) / 1000, equity: Number(equity) }))
  const last = told.at(-1)
  if (now !== undefined && last !== undefined && now.at > last.at) told.push(now)
  let best = -Infinity
  const drawdown = told.map(({ equity }) => {
    best = Math.max(best, equity)
    return best <= 0 ? 0 : Math.min(0, equity / best - 1)
  })
  return { times: told.map(({ at }) => at), equity: told.map(({ equity }) => equity), drawdown }
}

export const RANGES = { '1 h': 3600, '24 h': 86_400, '7 d': 604_800, All: undefined } as const
export type RangeName = keyof typeof RANGES
