/** A sparkline: the shape of a series, without axes. */
import { memo } from 'react'

const WIDTH = 200
const HEIGHT = 32
const MARGIN = 2

/** Where a value stands, from the top. */
function scaleOf(series: readonly number[]): (value: number) => number {
  const low = Math.min(...series)
  const range = Math.max(...series) - low || 1
  return (value) => HEIGHT - MARGIN - ((value - low) / range) * (HEIGHT - 2 * MARGIN)
}

export function pointsOf(series: readonly number[], heightOf = scaleOf(series)): string {
  const step = WIDTH / Math.max(1, series.length - 1)
  return series.map((value, at) => `${(at * step).toFixed(1)},${heightOf(value).toFixed(1)}`).join(' ')
}

/** `zero` puts the zero line into view: what a profit is measured against. */
export const Spark = memo(function Spark({ series, label, zero = false }: { series: readonly number[]; label: string; zero?: boolean }) {
  const heightOf = scaleOf(zero ? [0, ...series] : series)
  const base = heightOf(0).toFixed(1)
  const points = pointsOf(series, heightOf)
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" role="img" aria-label={label}>
      {zero && <line x1="0" x2={WIDTH} y1={base} y2={base} stroke="var(--line)" strokeDasharray="3 3" vectorEffect="non-scaling-stroke" />}
      {zero && series.length > 1 && <polygon points={`0,${base} ${points} ${WIDTH},${base}`} fill="var(--mantine-color-sea-5)" opacity="0.12" />}
      {series.length > 1 && <polyline points={points} fill="none" stroke="var(--mantine-color-sea-5)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />}
    </svg>
  )
})
