/** The log, live: filtered by level and text, followed or held still, to be downloaded. */
import { Button, Group, SegmentedControl, Text, TextInput } from '@mantine/core'
import { Download, Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { Empty, Failure, Loading } from '../../../components/Situations'
import { integer } from '../../../format/numbers'
import { fits, keyOf, lineAt, textOf, type Level, type Line } from './lines'
import { LogView } from './LogView'
import { useLog } from './useLog'

const OFFERED = [{ value: 'debug', label: 'Debug' }, { value: 'info', label: 'Info' }, { value: 'warning', label: 'Warnings' }, { value: 'error', label: 'Errors' }]

export function LogTab({ botId, at }: { botId: string; at: string | undefined }) {
  const [level, setLevel] = useState<Level>('info')
  const [text, setText] = useState('')
  // What is held still is what was there then; a log opened at a moment is held from the beginning.
  const [held, setHeld] = useState<readonly Line[]>()
  const [isAtMoment, setAtMoment] = useState(at !== undefined)
  const { data, error, refetch } = useLog(botId, level === 'debug')
  if (data === undefined) return error === null ? <Loading rows={12} height={24} /> : <Failure error={error} retry={() => void refetch()} />
  const isHeld = held !== undefined || isAtMoment
  const lines = (held ?? data.lines).filter((line) => fits(line, { level, text }))
  const missed = held === undefined ? 0 : data.lines.filter((line) => line.at > (held.at(-1)?.at ?? '')).length
  const sought = isAtMoment && at !== undefined ? lineAt(lines, at) : undefined
  const hold = () => setHeld(data.lines)
  const follow = () => {
    setHeld(undefined)
    setAtMoment(false)
  }
  return (
    <div>
      <Group gap="xs" mb="xs">
        <SegmentedControl size="xs" aria-label="Least level" data={OFFERED} value={level} onChange={(value) => setLevel(value as Level)} />
        <TextInput size="xs" aria-label="Text in the log" placeholder="Text in the log…" value={text} onChange={(event) => setText(event.currentTarget.value)} flex="1 1 160px" maw={320} />
        <Button size="xs" variant="default" leftSection={isHeld ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />} aria-pressed={!isHeld} onClick={isHeld ? follow : hold}>
          {isHeld ? `Follow${missed > 0 ? ` (${integer(missed)} new)` : ''}` : 'Pause'}
        </Button>
        <Button size="xs" variant="default" leftSection={<Download size={14} aria-hidden />} disabled={lines.length === 0} onClick={() => save(`${botId}.log`, textOf(lines))}>Download</Button>
        <Text size="xs" className="quiet">{integer(lines.length)} of {integer((held ?? data.lines).length)} lines</Text>
      </Group>
      {lines.length === 0
        ? <Empty title={data.lines.length === 0 ? 'It has logged nothing since the service started' : 'No line is like that'}>{data.lines.length > 0 && 'Choose a lower level or other words.'}</Empty>
        : <LogView lines={lines} isFollowed={!isHeld} onLeave={hold} sought={sought === undefined ? undefined : keyOf(sought)} />}
    </div>
  )
}

function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
