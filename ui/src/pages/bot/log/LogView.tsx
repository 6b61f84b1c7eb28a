/** The lines themselves, the newest at the end; scrolling up from there is how a reader says "hold still". */
import { Box, Button } from '@mantine/core'
import { memo, useEffect, useRef, useState } from 'react'
import { Moment } from '../../../components/Moment'
import classes from './log.module.css'
import { fieldsOf, keyOf, type Line } from './lines'

/** So many lines are drawn; more are there for the asking. */
const DRAWN = 400
const NEAR_END_PX = 40

interface Props {
  lines: readonly Line[]
  isFollowed: boolean
  /** The reader went away from the end. */
  onLeave: () => void
  /** The key of the line that is looked for, if any. */
  sought: string | undefined
}

export function LogView({ lines, isFollowed, onLeave, sought }: Props) {
  const [wanted, setWanted] = useState(DRAWN)
  const frame = useRef<HTMLDivElement>(null)
  const place = lines.findIndex((line) => keyOf(line) === sought)
  const from = Math.max(0, Math.min(lines.length - wanted, place < 0 ? Infinity : place - 20))
  useEffect(() => {
    const inside = frame.current
    if (inside !== null && isFollowed) inside.scrollTop = inside.scrollHeight
  }, [lines, isFollowed])
  useEffect(() => {
    const inside = frame.current
    const line = inside?.querySelector<HTMLElement>('[data-sought]')
    if (inside != null && line != null) inside.scrollTop = line.offsetTop - inside.clientHeight / 3
  }, [sought])
  const leaveEnd = () => {
    const inside = frame.current
    if (inside !== null && isFollowed && inside.scrollHeight - inside.scrollTop - inside.clientHeight > NEAR_END_PX) onLeave()
  }
  return (
    <Box ref={frame} className={classes.log} role="log" aria-live="off" aria-label="Log" tabIndex={0} onScroll={leaveEnd}>
      {from > 0 && <Button size="compact-xs" variant="subtle" onClick={() => setWanted(wanted + DRAWN)}>Show earlier lines</Button>}
      {lines.slice(from).map((line) => <Row key={keyOf(line)} line={line} isSought={keyOf(line) === sought} />)}
    </Box>
  )
}

const Row = memo(function Row({ line, isSought }: { line: Line; isSought: boolean }) {
  return (
    <div className={classes.line} data-level={line.level} data-sought={isSought || undefined}>
      <Moment at={line.at} short /> <span className={classes.level}>{line.level}</span> <span>{line.message} <span className="quiet">{fieldsOf(line)}</span></span>
    </div>
  )
})
