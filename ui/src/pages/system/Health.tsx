/** How the process does, in figures; the loop's lag with its last minutes. */
import { SimpleGrid, Text } from '@mantine/core'
import type { Schemas } from '../../api/client'
import { usePreferences } from '../../app/preferences'
import { Moment } from '../../components/Moment'
import { Figure, Panel } from '../../components/Panel'
import { Series } from '../../components/series/Series'
import { bytes, integer, milliseconds } from '../../format/numbers'
import { span } from '../../format/times'
import { gradeOf, type Reading } from './readings'
import classes from './system.module.css'

const HEIGHT = 130

export function Health({ view }: { view: Schemas['SystemView'] }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="xs">
      <Figure label="Loop lag" below={`worst of the last minute ${milliseconds(view.loop_lag_max_ms)}`}><Graded value={view.loop_lag_ms} warn={100} bad={1000}>{milliseconds(view.loop_lag_ms)}</Graded></Figure>
      <Figure label="Cycle lateness, p99" below={`median ${milliseconds(view.lateness_p50_ms)}; ${integer(view.cycles)} cycles`}><Graded value={view.lateness_p99_ms} warn={250} bad={2000}>{milliseconds(view.lateness_p99_ms)}</Graded></Figure>
      <Figure label="Commit, p99" below={`median ${milliseconds(view.commit_p50_ms)}`}><Graded value={view.commit_p99_ms} warn={250} bad={1000}>{milliseconds(view.commit_p99_ms)}</Graded></Figure>
      <Figure label="Journal depth" below="writes that wait for their commit"><Graded value={view.journal_depth} warn={1000} bad={10_000}>{integer(view.journal_depth)}</Graded></Figure>
      <Figure label="Store" below={view.store_errors === 0 ? 'no errors' : `${integer(view.store_errors)} errors since the boot`}><Graded value={view.store_errors} warn={1} bad={1}>{bytes(view.store_bytes)}</Graded></Figure>
      <Figure label="Memory" below="resident"><span>{bytes(view.memory_bytes)}</span></Figure>
      <Figure label="Tasks" below={`${integer(Object.values(view.bots).reduce((sum, count) => sum + count, 0))} bots, ${integer(view.bots.RUNNING ?? 0)} running`}>{integer(view.tasks)}</Figure>
      <Figure label="Up for" below={<>boot <span className="mono">{view.boot}</span>, <Moment at={view.started_at} /></>}>{span(view.uptime_s)}</Figure>
    </SimpleGrid>
  )
}

/** A figure that says in a word, too, when it is out of its limits. */
function Graded({ value, warn, bad, children }: { value: number; warn: number; bad: number; children: string }) {
  const grade = gradeOf(value, warn, bad)
  if (grade === 'fine') return <>{children}</>
  return <span className={grade === 'bad' ? classes.bad : classes.warning}>{children} <Text span size="xs" fw={600}>{grade === 'bad' ? '⚠ bad' : '⚠ high'}</Text></span>
}

export function LagHistory({ readings }: { readings: readonly Reading[] }) {
  const { zone } = usePreferences()
  const lags = readings.map(({ lag }) => lag)
  return (
    <Panel title="Loop lag since this page is open" aside={<Text size="xs" className="quiet">one reading every 2 s, a quarter of an hour is kept</Text>} mih={HEIGHT + 76}>
      {readings.length < 2
        ? <Text size="sm" className="quiet">The line begins with the second reading.</Text>
        : <Series times={readings.map(({ at }) => at / 1000)} values={lags} height={HEIGHT} zone={zone} format={milliseconds} aroundZero label={`Loop lag of the last ${readings.length} readings: now ${milliseconds(lags.at(-1) ?? 0)}, worst ${milliseconds(Math.max(...lags))}.`} />}
    </Panel>
  )
}
