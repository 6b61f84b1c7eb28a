/** A sparkline: the shape of a series, without axes. */

const WIDTH = 200
const HEIGHT = 32

export function pointsOf(series: readonly number[]): string {
  const low = Math.min(...series)
  const range = Math.max(...series) - low || 1
  const step = WIDTH / Math.max(1, series.length - 1)
  return series.map((value, at) => `${(at * step).toFixed(1)},${(HEIGHT - 2 - ((value - low) / range) * (HEIGHT - 4)).toFixed(1)}`).join(' ')
}

export function Spark({ series, label }: { series: readonly number[]; label: string }) {
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" role="img" aria-label={label}>
      {series.length > 1 && <polyline points={pointsOf(series)} fill="none" stroke="var(--mantine-color-sea-5)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />}
    </svg>
  )
}
