/** The bot at a glance: what its market does, what it earned, what it holds and what guards that. */
import { Stack } from '@mantine/core'
import type { Bot } from '../../../api/client'
import type { BotRow } from '../../../live/rows'
import classes from '../bot.module.css'
import { EquityPanel } from './EquityPanel'
import { Positions, Protections } from './Holdings'
import { PricePanel } from './PricePanel'

export function Overview({ bot, row }: { bot: Bot; row: BotRow }) {
  return (
    <Stack gap="sm">
      <div className={classes.overview}>
        <PricePanel bot={bot} />
        <EquityPanel bot={row} />
      </div>
      <div className={classes.overview}>
        <Positions bot={bot} />
        <Protections bot={bot} />
      </div>
    </Stack>
  )
}
