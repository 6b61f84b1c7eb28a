/** The notices of what is wrong, with the way to what explains it. */
import { Alert, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import { span } from '../../../format/times'
import type { BotRow } from '../../../live/rows'
import classes from '../bot.module.css'
import { useNow } from '../useNow'
import { troublesOf, type Trouble } from './trouble'

const isGrave = ({ kind }: Trouble): boolean => kind === 'failed' || kind === 'quarantined'

export function Troubles({ bot, errorAt }: { bot: BotRow; errorAt: string | undefined }) {
  return troublesOf(bot).map((trouble) => (
    <Alert key={trouble.kind} role={isGrave(trouble) ? 'alert' : 'status'} color={isGrave(trouble) ? 'red' : 'orange'} variant="light" title={trouble.title} icon={isGrave(trouble) ? <CircleAlert size={18} /> : <TriangleAlert size={18} />}>
      <Text size="sm" className="mono" style={{ overflowWrap: 'anywhere' }}>{trouble.reason}</Text>
      <Group gap="md" mt={4}>
        <Text size="sm">{trouble.next} {trouble.kind === 'backoff' && bot.nextRetryAt !== null && <Countdown to={bot.nextRetryAt} />}</Text>
        {trouble.hasLog && (
          <Link className={classes.link} to="/bots/$botId" params={{ botId: bot.id }} search={{ tab: 'log', ...(errorAt === undefined ? {} : { at: errorAt }) }}>See the log at that time</Link>
        )}
        {trouble.kind === 'unresolved' && <Link className={classes.link} to="/orders" search={{ bot: bot.id }}>To its orders</Link>}
      </Group>
    </Alert>
  ))
}

function Countdown({ to }: { to: string }) {
  const seconds = (Date.parse(to) - useNow(true)) / 1000
  return <strong className="num">{seconds > 0 ? `In ${span(Math.max(1, Math.round(seconds)))}.` : 'Any moment now.'}</strong>
}
