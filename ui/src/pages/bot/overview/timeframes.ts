/** The time frames that the chart offers: the bot's own. Pure. */

const USUAL = ['1m', '5m', '15m', '1h', '4h', '1d']
const UNIT_S: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

export function secondsOf(timeframe: string): number {
  return Number.parseInt(timeframe) * (UNIT_S[timeframe.slice(-1)] ?? NaN)
}

export function timeframesFor(own: string): string[] {
  return [...new Set([own, ...USUAL])].sort((a, b) => secondsOf(a) - secondsOf(b))
}
