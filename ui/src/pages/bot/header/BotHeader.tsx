/** Which bot this is, what it does now against what was asked of it, and what it is made of. */
import { Badge, Group, Text, Title } from '@mantine/core'
import { Lifecycle, ModeBadge, TradingBadge } from '../../../components/Badges'
import { Moment } from '../../../components/Moment'
import { money } from '../../../format/numbers'
import type { BotRow } from '../../../live/rows'
import { scopeWords } from '../actions'
import classes from '../bot.module.css'
import { Actions } from './Actions'

export function BotHeader({ bot, isGone }: { bot: BotRow; isGone: boolean }) {
  const { id, desired, observed, tradingState, haltedBy, generation, observedGeneration } = bot
  return (
    <header>
      <div className={classes.head}>
        <Group gap="xs" className={classes.name}>
          <Title order={1} fz={22} className={classes.id}>{id}</Title>
          {!isGone && <Lifecycle desired={desired} observed={observed} />}
          {!isGone && <TradingBadge state={tradingState} />}
          <ModeBadge mode={bot.mode} />
        </Group>
        {!isGone && <Actions bot={bot} />}
      </div>
      <div className={classes.about}>
        <span>{bot.venue}</span><span>{bot.instruments.join(', ')}</span><span>{bot.strategy}</span><span>{bot.timeframe}</span>
        <span>capital {money(bot.capital, bot.currency)} {bot.currency}</span>
        {!isGone && <span>{observed.toLowerCase()} since <Moment at={bot.since} /></span>}
        {!isGone && generation !== observedGeneration && <span title="Commands count generations: the last one is not carried out yet">generation {observedGeneration} of {generation}</span>}
        {Object.entries(bot.labels).map(([key, value]) => <Badge key={key} size="xs" radius="sm" variant="outline" color="gray" tt="none">{value === '' ? key : `${key}=${value}`}</Badge>)}
      </div>
      {!isGone && haltedBy.length > 0 && <Text size="sm" className="down">Nothing is sent but cancels: {haltedBy.map(scopeWords).join(', ')}.</Text>}
    </header>
  )
}
