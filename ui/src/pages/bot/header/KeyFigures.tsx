/** The bot in figures; the height stands whatever they are. */
import { SimpleGrid } from '@mantine/core'
import { Money, Profit } from '../../../components/Figures'
import { Moment } from '../../../components/Moment'
import { Figure } from '../../../components/Panel'
import { integer, signedPercent } from '../../../format/numbers'
import type { BotRow } from '../../../live/rows'
import classes from '../bot.module.css'

const counted = (count: number, one: string): string => `${integer(count)} ${one}${count === 1 ? '' : 's'}`

export function KeyFigures({ bot }: { bot: BotRow }) {
  const { currency } = bot
  const gain = bot.capital === 0 ? 0 : (bot.realized + bot.unrealized) / bot.capital
  return (
    <SimpleGrid className={classes.figures} cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      <Figure label="Today" below="since 00:00 UTC"><Profit amount={bot.dayPnl} currency={currency} withCurrency /></Figure>
      <Figure label="Profit in all" below={<><Profit amount={bot.realized} currency={currency} /> realised, <Profit amount={bot.unrealized} currency={currency} /> open</>}>
        <Profit amount={bot.realized + bot.unrealized} currency={currency} withCurrency />
      </Figure>
      <Figure label="Equity" below={`${signedPercent(gain)} on its capital`}><Money amount={bot.equity} currency={currency} withCurrency /></Figure>
      <Figure label="Position value" below={bot.openPositions === 0 ? 'no open position' : counted(bot.openPositions, 'open position')}><Money amount={bot.positionValue} currency={currency} withCurrency /></Figure>
      <Figure label="Working orders" below={bot.unresolved + bot.uncancelled === 0 ? 'none in doubt; protections not counted' : <span className="down">{bot.unresolved} unresolved, {bot.uncancelled} not cancelled yet</span>}>
        <span className="num">{integer(bot.workingOrders)}</span>
      </Figure>
      <Figure label="Cycles" below={<>last <Moment at={bot.lastCycleAt} short /> · {counted(bot.restarts, 'restart')}</>}><span className="num">{integer(bot.cycles)}</span></Figure>
    </SimpleGrid>
  )
}
