/** What concerns everything and is shown on every page: a halt, safe mode. */
import { Alert, Button, Group } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { LifeBuoy, OctagonX } from 'lucide-react'
import { useCallback } from 'react'
import { api, bodyOf } from '../api/client'
import { steerAll } from '../commands/steer'
import { useStreamEvent } from '../live/hooks'
import { live } from '../live/live'

export function useSystem() {
  const queries = useQueryClient()
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: ['system'] }), [queries])
  useStreamEvent('system', again)
  useStreamEvent('resync', again)
  return useQuery({ queryKey: ['system'], queryFn: () => bodyOf(api.GET('/api/v1/system')), refetchInterval: 30_000 })
}

export function Banners() {
  const { data } = useSystem()
  const halt = data?.halts.find(({ scope }) => scope === 'system')
  return (
    <>
      {data?.halted === true && (
        <Alert color="red" variant="filled" icon={<OctagonX size={18} />} mb="sm" title="All trading is halted">
          <Group justify="space-between" gap="xs">
            <span>{halt === undefined ? 'Nothing is sent but cancels.' : <>By {halt.actor}{halt.reason !== '' && <>: <bdi>{halt.reason}</bdi></>}. Nothing is sent but cancels.</>}</span>
            <Button size="xs" variant="white" color="red" onClick={() => void steerAll('unhalt', live.known())}>Lift the halt</Button>
          </Group>
        </Alert>
      )}
      {data?.safe_mode != null && <Alert color="orange" icon={<LifeBuoy size={18} />} mb="sm" title="Safe mode: no bot is started">{data.safe_mode}</Alert>}
    </>
  )
}
