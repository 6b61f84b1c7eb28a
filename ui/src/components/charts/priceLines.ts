/** What is drawn across the chart at a price: the entry, working orders, protections. Pure. */
import type { Bot } from '../../api/client'
import { quantity } from '../../format/numbers'

export type LineKind = 'entry' | 'buy' | 'sell' | 'stop_loss' | 'take_profit' | 'trailing'
export interface ChartLine {
  id: string
  kind: LineKind
  price: number
  label: string
  /** The label where there is little room. */
  short: string
}

const PROTECTIONS = { stop_loss: 'Stop loss', take_profit: 'Take profit', trailing: 'Trailing stop' } as const
const SHORT = { stop_loss: 'Stop', take_profit: 'Profit', trailing: 'Trail' } as const

export function linesOf(bot: Pick<Bot, 'positions' | 'working_orders' | 'protections'>, instrument: string): ChartLine[] {
  const of = <T extends { instrument: string }>(each: readonly T[]) => each.filter((one) => one.instrument === instrument)
  const lines: (Omit<ChartLine, 'price'> & { price: string | null | undefined })[] = [
    ...of(bot.positions).filter((held) => Number(held.quantity) !== 0).map((held) => (
      { id: 'entry', kind: 'entry' as const, price: held.average_price, label: `Entry ${quantity(held.quantity)}`, short: 'Entry' }
    )),
    ...of(bot.working_orders).map((order) => (
      { id: `order ${order.key}`, kind: order.side, price: order.price, ...orderLabels(order.side, order.quantity) }
    )),
    ...of(bot.protections).flatMap(({ kind, price, guard }) => (
      kind === 'time_limit' ? [] : [{ id: kind, kind, price, label: `${PROTECTIONS[kind]}${guard === 'venue' ? ' (at venue)' : ''}`, short: SHORT[kind] }]
    )),
  ]
  return lines.flatMap((line) => (Number(line.price ?? 0) > 0 ? [{ ...line, price: Number(line.price) }] : []))
}

function orderLabels(side: 'buy' | 'sell', amount: string): Pick<ChartLine, 'label' | 'short'> {
  const short = side === 'buy' ? 'Buy' : 'Sell'
  return { label: `${short} ${quantity(amount)}`, short }
}

/** Return the price range that shows the candles and those lines that are not far off: the candles keep two fifths of the height at least. */
export function rangeWith(low: number, high: number, prices: readonly number[]): [low: number, high: number] {
  const room = (high - low) * 0.75 || Math.abs(high) * 0.002 || 1
  const near = prices.filter((price) => price > low - room && price < high + room)
  return [Math.min(low, ...near), Math.max(high, ...near)]
}
