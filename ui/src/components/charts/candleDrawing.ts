/** The candle chart itself: owns the library's objects, and knows what is drawn so that an update never moves the view. */
import {
  CandlestickSeries, createSeriesMarkers, HistogramSeries, LineStyle,
  type AutoscaleInfo, type IChartApi, type IPriceLine, type ISeriesApi, type ISeriesMarkersPluginApi, type MouseEventParams, type Time,
} from 'lightweight-charts'
import type { Zone } from '../../format/times'
import type { Bar } from './bars'
import type { ChartColors } from './colors'
import type { FillMark } from './fillMarks'
import { chartIn, paintFrame, stampOf, tellTimes } from './frame'
import { rangeWith, type ChartLine, type LineKind } from './priceLines'

/** What the pointer is over: the bar that opened then, and where, as a share of the width. */
export interface Hovered {
  time: number
  share: number
}

const STYLE: Record<LineKind, LineStyle> = {
  entry: LineStyle.SparseDotted, buy: LineStyle.Solid, sell: LineStyle.Solid,
  stop_loss: LineStyle.Dashed, take_profit: LineStyle.Dashed, trailing: LineStyle.LargeDashed,
}
const SHOWN = 140
/** More labels than this would cover the axis. */
const LABELLED = 12
const NARROW_PX = 480

export class CandleDrawing {
  readonly #chart: IChartApi
  readonly #candles: ISeriesApi<'Candlestick'>
  readonly #volume: ISeriesApi<'Histogram'>
  readonly #markers: ISeriesMarkersPluginApi<Time>
  #bars: readonly Bar[] = []
  #of = ''
  #marks: readonly FillMark[] = []
  #lines: readonly ChartLine[] = []
  #drawnLines: IPriceLine[] = []
  #colors: ChartColors

  constructor(frame: HTMLElement, colors: ChartColors, onHover: (hovered: Hovered | undefined) => void) {
    this.#colors = colors
    this.#chart = chartIn(frame)
    this.#chart.applyOptions({ timeScale: { rightOffset: 4 }, rightPriceScale: { scaleMargins: { top: 0.14, bottom: 0.06 } } })
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      borderVisible: false,
      autoscaleInfoProvider: (own: () => AutoscaleInfo | null) => {
        const info = own()
        if (info?.priceRange == null) return info
        const [minValue, maxValue] = rangeWith(info.priceRange.minValue, info.priceRange.maxValue, this.#lines.map(({ price }) => price))
        return { ...info, priceRange: { minValue, maxValue } }
      },
    })
    this.#volume = this.#chart.addSeries(HistogramSeries, { priceFormat: { type: 'volume' }, priceLineVisible: false, lastValueVisible: false }, 1)
    this.#chart.panes()[0]?.setStretchFactor(5)
    this.#chart.panes()[1]?.setStretchFactor(1)
    this.#markers = createSeriesMarkers(this.#candles, [])
    this.#chart.subscribeCrosshairMove((event) => onHover(hoveredOf(event, frame.clientWidth)))
    this.paint(colors)
  }

  /** Show bars. What follows what is drawn is added to it; anything else, or bars `of` something else, takes its place. */
  show(bars: readonly Bar[], of: string, decimals: number): void {
    this.#candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } })
    const last = this.#bars.at(-1)
    const follows = of === this.#of && last !== undefined && bars.some(({ time }) => time === last.time)
    if (follows) bars.filter(({ time }) => time > last.time).forEach((bar) => this.#add(bar))
    else this.#replace(bars)
    if (of !== this.#of && bars.length > 0) this.#chart.timeScale().setVisibleLogicalRange({ from: bars.length - SHOWN, to: bars.length + 4 })
    this.#bars = bars
    this.#of = of
  }

  mark(marks: readonly FillMark[]): void {
    this.#marks = marks
    this.#markers.setMarkers(marks.map(({ time, side, fills }) => ({
      time: stampOf(time),
      position: side === 'buy' ? 'belowBar' as const : 'aboveBar' as const,
      shape: side === 'buy' ? 'arrowUp' as const : 'arrowDown' as const,
      color: side === 'buy' ? this.#colors.up : this.#colors.down,
      size: 1.5,
      ...(fills.length > 1 ? { text: String(fills.length) } : {}),
    })))
  }

  rule(lines: readonly ChartLine[]): void {
    this.#lines = lines
    this.#drawnLines.forEach((line) => this.#candles.removePriceLine(line))
    const isNarrow = this.#chart.paneSize().width < NARROW_PX
    this.#drawnLines = lines.map(({ kind, price, label, short }) => this.#candles.createPriceLine({
      price, title: isNarrow ? short : label, color: this.#colorOf(kind), lineStyle: STYLE[kind], lineWidth: 1, axisLabelVisible: lines.length <= LABELLED,
    }))
  }

  paint(colors: ChartColors): void {
    this.#colors = colors
    const { up, down, text } = colors
    paintFrame(this.#chart, colors)
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, priceLineColor: text })
    this.#volume.applyOptions({ color: `${text}66` })
    this.mark(this.#marks)
    this.rule(this.#lines)
  }

  tell(zone: Zone): void {
    tellTimes(this.#chart, zone)
  }

  close(): void {
    this.#chart.remove()
  }

  #add(bar: Bar): void {
    this.#candles.update({ ...bar, time: stampOf(bar.time) })
    this.#volume.update({ time: stampOf(bar.time), value: bar.volume })
  }

  #replace(bars: readonly Bar[]): void {
    this.#candles.setData(bars.map((bar) => ({ ...bar, time: stampOf(bar.time) })))
    this.#volume.setData(bars.map(({ time, volume }) => ({ time: stampOf(time), value: volume })))
  }

  #colorOf(kind: LineKind): string {
    const { up, down, text, warning } = this.#colors
    return { entry: text, buy: up, sell: down, stop_loss: down, take_profit: up, trailing: warning }[kind]
  }
}

function hoveredOf({ time, point }: MouseEventParams, width: number): Hovered | undefined {
  return time === undefined || point === undefined ? undefined : { time: Number(time), share: point.x / width }
}
