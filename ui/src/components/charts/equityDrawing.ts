/** The drawing of equity above its drawdown: owns the library's objects. */
import { AreaSeries, type IChartApi, type ISeriesApi } from 'lightweight-charts'
import type { Zone } from '../../format/times'
import type { ChartColors } from './colors'
import { chartIn, paintFrame, stampOf, tellTimes } from './frame'

export interface Curve {
  /** Seconds since 1970, rising. */
  times: readonly number[]
  equity: readonly number[]
  /** At most zero: a share of the best equity before. */
  drawdown: readonly number[]
}

export interface Formats {
  money: (amount: number) => string
  share: (share: number) => string
}

export class EquityDrawing {
  readonly #chart: IChartApi
  readonly #equity: ISeriesApi<'Area'>
  readonly #drawdown: ISeriesApi<'Area'>

  constructor(frame: HTMLElement, { money, share }: Formats, onHover: (time: number | undefined) => void) {
    this.#chart = chartIn(frame)
    const still = { priceLineVisible: false, lastValueVisible: false, lineWidth: 2 as const }
    this.#equity = this.#chart.addSeries(AreaSeries, { ...still, priceFormat: { type: 'custom', formatter: money, minMove: 1e-8 } })
    this.#drawdown = this.#chart.addSeries(AreaSeries, { ...still, invertFilledArea: true, priceFormat: { type: 'custom', formatter: share, minMove: 1e-6 } }, 1)
    this.#drawdown.priceScale().applyOptions({ scaleMargins: { top: 0.05, bottom: 0.1 } })
    this.#chart.panes()[0]?.setStretchFactor(2)
    this.#chart.panes()[1]?.setStretchFactor(1)
    this.#chart.subscribeCrosshairMove(({ time }) => onHover(time === undefined ? undefined : Number(time)))
  }

  show({ times, equity, drawdown }: Curve): void {
    const pointsOf = (values: readonly number[]) => times.map((time, at) => ({ time: stampOf(time), value: values[at] ?? 0 }))
    this.#equity.setData(pointsOf(equity))
    this.#drawdown.setData(pointsOf(drawdown))
    this.#chart.timeScale().fitContent()
  }

  paint(colors: ChartColors): void {
    paintFrame(this.#chart, colors)
    const { accent, down } = colors
    this.#equity.applyOptions({ lineColor: accent, topColor: `${accent}55`, bottomColor: `${accent}08` })
    this.#drawdown.applyOptions({ lineColor: down, topColor: `${down}08`, bottomColor: `${down}55` })
  }

  tell(zone: Zone): void {
    tellTimes(this.#chart, zone)
  }

  close(): void {
    this.#chart.remove()
  }
}
