/** Which bots run which strategy, kept as it is while nobody's strategy changes. */
import type { BotRow } from '../../live/rows'

export type Uses = ReadonlyMap<string, readonly string[]>

export function usesOf(bots: readonly Pick<BotRow, 'id' | 'strategy'>[]): Uses {
  const uses = new Map<string, string[]>()
  for (const { id, strategy } of bots) {
    const ids = uses.get(strategy)
    if (ids === undefined) uses.set(strategy, [id])
    else ids.push(id)
  }
  return uses
}

/** Return a function that gives the same map until some bot's strategy is another, whatever else ticks. */
export function steadyUses(): (bots: readonly Pick<BotRow, 'id' | 'strategy'>[]) => Uses {
  let seen: readonly Pick<BotRow, 'id' | 'strategy'>[] = []
  let uses: Uses = new Map()
  return (bots) => {
    const isSame = bots === seen || (bots.length === seen.length && bots.every(({ id, strategy }, place) => seen[place]?.id === id && seen[place].strategy === strategy))
    if (!isSame) uses = usesOf(bots)
    seen = bots
    return uses
  }
}
