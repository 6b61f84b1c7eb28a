/** How profits spread over bots: a histogram whose bars never straddle zero, and who is at its ends. */

export interface Bar {
  from: number
  to: number
  count: number
}

/** Return a step of 1, 2 or 5 times a power of ten with which `range` takes at most `most` bars. */
export function niceStep(range: number, most: number): number {
  const least = range / most
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map((each) => each * power).find((step) => step >= least * (1 - 1e-9)) ?? 10 * power
}

/** Return the bars from the lowest value to the highest; zero is always an edge, so that a bar is all profit or all loss. */
export function histogram(values: readonly number[], most = 36): Bar[] {
  const sound = values.filter(Number.isFinite)
  if (sound.length === 0) return []
  const [low, high] = [Math.min(...sound), Math.max(...sound)]
  const step = niceStep(high - low || Math.abs(high) || 1, Math.max(1, most - 1))
  const placeOf = (value: number) => Math.floor(value / step + 1e-9)
  const first = placeOf(low)
  const bars = Array.from({ length: placeOf(high) - first + 1 }, (_, at) => ({ from: (first + at) * step, to: (first + at + 1) * step, count: 0 }))
  for (const value of sound) {
    const bar = bars[placeOf(value) - first]
    if (bar !== undefined) bar.count += 1
  }
  return bars
}

/** Return the middle of the values and how many of them are above zero. */
export function middleOf(values: readonly number[]): { median: number; winners: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
  return { median, winners: values.filter((value) => value > 0).length }
}
