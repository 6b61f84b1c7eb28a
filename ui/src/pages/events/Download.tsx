/** The button that makes a file of the events that are shown. */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Download as DownloadIcon, Square } from 'lucide-react'
import { useRef, useState } from 'react'
import { asProblem } from '../../api/problems'
import { integer } from '../../format/numbers'
import { collect, save } from './download'

type Load = Parameters<typeof collect>[0]

export function Download({ load }: { load: Load }) {
  const [count, setCount] = useState<number>()
  const wanted = useRef(true)
  const isWanted = () => wanted.current
  const run = async () => {
    wanted.current = true
    setCount(0)
    try {
      const { lines, isWhole } = await collect(load, setCount, isWanted)
      if (isWanted()) save(lines, `styrman-events-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.jsonl`)
      if (isWanted() && !isWhole) notifications.show({ color: 'orange', title: 'Not all events are in the file', message: `It holds the newest ${integer(lines.length)}. Set “until” to get the older ones.` })
    } catch (error) {
      notifications.show({ color: 'red', title: 'The events could not be downloaded', message: asProblem(error).message })
    }
    setCount(undefined)
  }
  if (count !== undefined) {
    return <Button size="xs" variant="default" leftSection={<Square size={13} />} onClick={() => { wanted.current = false }}>{integer(count)} so far; cancel</Button>
  }
  return <Button size="xs" variant="default" leftSection={<DownloadIcon size={14} />} onClick={() => void run()}>Download</Button>
}
