/** A bot that is not there: never was, or was deleted, by whom and why. */
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, bodyOf } from '../../api/client'
import { Moment } from '../../components/Moment'
import { PageTitle } from '../../components/Panel'
import { Empty, Loading } from '../../components/Situations'

export function Missing({ botId }: { botId: string }) {
  const { data, isPending } = useQuery({
    queryKey: ['bot', botId, 'last event'],
    queryFn: async () => (await bodyOf(api.GET('/api/v1/bots/{bot_id}/events', { params: { path: { bot_id: botId }, query: { kinds: 'command', limit: 1 } } }))).items[0] ?? null,
    retry: false,
  })
  if (isPending) return <Loading rows={4} />
  const ways = (
    <Group gap="xs">
      <Button size="xs" variant="default" renderRoot={(props) => <Link to="/" {...props} />}>To the fleet</Button>
      <Button size="xs" variant="default" renderRoot={(props) => (data == null ? <Link to="/new" {...props} /> : <Link to="/events" search={{ bot: botId }} {...props} />)}>{data == null ? 'New bot' : 'Its events'}</Button>
    </Group>
  )
  return (
    <>
      <PageTitle>{botId}</PageTitle>
      {data == null
        ? <Empty title={`There is no bot “${botId}”`} action={ways}>The address may be mistyped.</Empty>
        : <Empty title={`Bot “${botId}” was deleted`} action={ways}><Moment at={data.at} /> by {data.actor}{data.reason === '' ? '' : `: ${data.reason}`}. What it did stays in the journal.</Empty>}
    </>
  )
}
