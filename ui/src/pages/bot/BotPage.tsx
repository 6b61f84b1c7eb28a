/** One bot: its state and why, its figures, and behind tabs all that is known of it. */
import { Alert, Skeleton, Stack, Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import type { Bot } from '../../api/client'
import { patiently } from '../../components/patience'
import { PageTitle } from '../../components/Panel'
import { Failure, Loading } from '../../components/Situations'
import { useBotRow, useStreamEvent } from '../../live/hooks'
import classes from './bot.module.css'
import { BotHeader } from './header/BotHeader'
import { KeyFigures } from './header/KeyFigures'
import { Troubles } from './header/Troubles'
import { Missing } from './Missing'
import { Overview } from './overview/Overview'
import { rowOfBot } from './rowOfBot'
import { tabOf, TABS, type Tab } from './tabs'
import { isGone, isOf, useBot } from './useBot'

const OrdersTab = lazy(() => patiently(() => import('./history/OrdersTab')).then((loaded) => ({ default: loaded.OrdersTab })))
const FillsTab = lazy(() => patiently(() => import('./history/FillsTab')).then((loaded) => ({ default: loaded.FillsTab })))
const EventsTab = lazy(() => patiently(() => import('./history/EventsTab')).then((loaded) => ({ default: loaded.EventsTab })))
const LogTab = lazy(() => patiently(() => import('./log/LogTab')).then((loaded) => ({ default: loaded.LogTab })))
const SpecTab = lazy(() => patiently(() => import('./spec/SpecTab')).then((loaded) => ({ default: loaded.SpecTab })))

const route = getRouteApi('/bots/$botId')

interface Ending {
  actor: string
  reason: string
}

export function BotPage() {
  const { botId } = route.useParams()
  return <Watched key={botId} botId={botId} />
}

function Watched({ botId }: { botId: string }) {
  const { data: bot, error, refetch } = useBot(botId)
  const [ending, setEnding] = useState<Ending>()
  useStreamEvent('bot.state', (payload) => {
    if (!isOf(botId, payload)) return
    const { deleted, actor, reason } = payload as Ending & { deleted?: boolean }
    setEnding(deleted === true ? { actor, reason } : undefined)
  })
  if (bot === undefined) {
    if (error === null) return <Waiting botId={botId} />
    return isGone(error) ? <Missing botId={botId} /> : <><PageTitle>{botId}</PageTitle><Failure error={error} retry={() => void refetch()} /></>
  }
  // Known, and now not there any more: deleted while the stream was away.
  const gone = ending ?? (isGone(error) ? { actor: '', reason: '' } : undefined)
  return <Shown bot={bot} ending={gone} />
}

/** The page's frame at its final height. */
function Waiting({ botId }: { botId: string }) {
  return <Stack gap="sm"><PageTitle>{botId}</PageTitle><Skeleton height={18} /><Skeleton height={92} /><Loading rows={1} height={500} /></Stack>
}

function Shown({ bot, ending }: { bot: Bot; ending: Ending | undefined }) {
  const row = useBotRow(bot.id) ?? rowOfBot(bot)
  return (
    <Stack gap="sm">
      <BotHeader bot={row} isGone={ending !== undefined} />
      {ending === undefined
        ? <Troubles bot={row} errorAt={bot.last_error?.at} />
        : <Alert role="alert" color="gray" icon={<Trash2 size={18} />} title="This bot was deleted">{ending.actor !== '' && `By ${ending.actor}${ending.reason === '' ? '' : `: ${ending.reason}`}. `}What you see is what was last known of it; its history stays in the journal.</Alert>}
      <KeyFigures bot={row} />
      <TabsOf botId={bot.id} overview={<Overview bot={bot} row={row} />} />
    </Stack>
  )
}

function TabsOf({ botId, overview }: { botId: string; overview: ReactNode }) {
  const { tab: word, at } = route.useSearch()
  const navigate = route.useNavigate()
  const tab = tabOf(word)
  const inside: Record<Tab, ReactNode> = {
    overview,
    orders: <OrdersTab botId={botId} />,
    fills: <FillsTab botId={botId} />,
    log: <LogTab key={at} botId={botId} at={at} />,
    events: <EventsTab botId={botId} />,
    spec: <SpecTab botId={botId} />,
  }
  return (
    <Tabs value={tab} keepMounted={false} onChange={(value) => void navigate({ search: value === 'overview' || value === null ? {} : { tab: value }, resetScroll: false })}>
      <div className={classes.tabs}><Tabs.List>{TABS.map(({ value, label }) => <Tabs.Tab key={value} value={value}>{label}</Tabs.Tab>)}</Tabs.List></div>
      <Tabs.Panel value={tab} pt="sm"><Suspense fallback={<Loading rows={10} />}>{inside[tab]}</Suspense></Tabs.Panel>
    </Tabs>
  )
}
