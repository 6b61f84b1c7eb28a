/** What all drawings share: a chart that fills its frame, without the library's logo, in the page's colours and the reader's zone. */
import { createChart, TickMarkType, type IChartApi, type Time, type UTCTimestamp } from 'lightweight-charts'
import { clock, day, full, type Zone } from '../../format/times'
import type { ChartColors } from './colors'

export const stampOf = (seconds: number): UTCTimestamp => seconds as UTCTimestamp

export function chartIn(frame: HTMLElement): IChartApi {
  return createChart(frame, {
    autoSize: true,
    layout: { attributionLogo: false, background: { color: 'transparent' }, fontFamily: "'Inter Variable', system-ui, sans-serif", fontSize: 11 },
    timeScale: { timeVisible: true, secondsVisible: false, minBarSpacing: 0.5 },
    handleScroll: { vertTouchDrag: false }, // the page scrolls under a thumb
    localization: { locale: 'en-GB' },
  })
}

export function paintFrame(chart: IChartApi, { text, line }: ChartColors): void {
  chart.applyOptions({
    layout: { textColor: text, panes: { separatorColor: line, enableResize: false } },
    grid: { vertLines: { color: line }, horzLines: { color: line } },
    timeScale: { borderColor: line },
    rightPriceScale: { borderColor: line },
  })
}

export function tellTimes(chart: IChartApi, zone: Zone): void {
  chart.applyOptions({
    localization: { timeFormatter: (time: Time) => full(Number(time) * 1000, zone) },
    timeScale: { tickMarkFormatter: (time: Time, kind: TickMarkType) => tickOf(Number(time) * 1000, kind, zone) },
  })
}

function tickOf(ms: number, kind: TickMarkType, zone: Zone): string {
  if (kind === TickMarkType.Year || kind === TickMarkType.Month) return day(ms, zone).slice(0, 7)
  if (kind === TickMarkType.DayOfMonth) return day(ms, zone).slice(5)
  return kind === TickMarkType.TimeWithSeconds ? clock(ms, zone) : clock(ms, zone).slice(0, 5)
}
