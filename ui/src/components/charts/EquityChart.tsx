/** Equity and drawdown over one time: the drawing, the values under the pointer, and the same in words. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { usePreferences } from '../../app/preferences'
import { money, signedPercent } from '../../format/numbers'
import { brief } from '../../format/times'
import classes from './charts.module.css'
import { useChartColors } from './colors'
import { EquityDrawing, type Curve } from './equityDrawing'

interface Props {
  /** Whose equity. */
  name: string
  currency: string
  curve: Curve
}

export function EquityChart({ name, currency, curve }: Props) {
  const [hovered, setHovered] = useState<number>()
  const frame = useDrawing(currency, curve, setHovered)
  const { zone } = usePreferences()
  const { times, equity, drawdown } = curve
  const found = hovered === undefined ? -1 : times.indexOf(hovered)
  const at = found < 0 ? times.length - 1 : found
  const words = `Equity of ${name}: now ${money(equity.at(-1) ?? 0, currency)} ${currency}; worst drawdown ${signedPercent(Math.min(...drawdown))}.`
  return (
    <div className={classes.whole}>
      <div className={classes.reading} aria-hidden>
        <span>{money(equity[at] ?? 0, currency)} <span className="quiet">{currency}</span></span>
        <span><span className="quiet">drawdown</span> {signedPercent(drawdown[at] ?? 0)}</span>
        <span className="quiet">{brief((times[at] ?? 0) * 1000, zone)}</span>
      </div>
      <div ref={frame} className={classes.drawing} role="img" aria-label={words} data-chart="equity" data-points={times.length} />
    </div>
  )
}

/** Make the drawing, keep it up, and return where it goes. */
function useDrawing(currency: string, curve: Curve, onHover: (time: number | undefined) => void) {
  const frame = useRef<HTMLDivElement>(null)
  const drawing = useRef<EquityDrawing>(undefined)
  const colors = useChartColors()
  const { zone } = usePreferences()
  const formats = useMemo(() => ({ money: (amount: number) => money(amount, currency), share: signedPercent }), [currency])
  useEffect(() => {
    if (frame.current === null) return
    const made = new EquityDrawing(frame.current, formats, onHover)
    drawing.current = made
    return () => {
      drawing.current = undefined
      made.close()
    }
  }, [formats, onHover])
  useEffect(() => drawing.current?.paint(colors), [colors, formats])
  useEffect(() => drawing.current?.tell(zone), [zone, formats])
  useEffect(() => drawing.current?.show(curve), [curve, formats])
  return frame
}
