/** Whether what is on the screen is still true. Says nothing of live trading: that is what mode badges are for. */
import { Badge } from '@mantine/core'
import { useEffect, useState } from 'react'
import { span } from '../format/times'
import { useFreshness } from '../live/hooks'

const secondsSince = (since: number): number => Math.max(0, Math.round((Date.now() - since) / 1000))

export function StreamBadge() {
  const freshness = useFreshness()
  const since = freshness.state === 'stale' ? freshness.since : undefined
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (since === undefined) return
    const timer = setInterval(() => setSeconds(secondsSince(since)), 1000)
    return () => clearInterval(timer)
  }, [since])
  if (freshness.state === 'loading') return <Badge variant="dot" color="gray" size="sm" role="status">Connecting</Badge>
  if (freshness.state === 'fresh') return <Badge variant="dot" color="teal" size="sm" role="status">Up to date</Badge>
  return (
    <Badge variant="filled" color="orange" size="sm" role="status" title="No connection to the service. What you see is what it last said; this page reconnects by itself.">
      Stale{seconds > 0 ? ` for ${span(seconds)}` : ''} · reconnecting
    </Badge>
  )
}
