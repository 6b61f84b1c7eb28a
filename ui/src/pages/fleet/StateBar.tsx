/** How many bots are in which state, as a bar and as its legend; a click filters. */
import { memo } from 'react'
import { OBSERVED, OBSERVED_ORDER, TRADING } from '../../domain/states'
import { integer } from '../../format/numbers'
import type { Counts } from './counts'
import type { FleetSearch, StateFilter } from './filter'
import classes from './fleet.module.css'
import type { Refine } from './hooks'
import { MARKS } from './marks'

interface Part {
  state: StateFilter
  count: number
  color: string
  mark: string
  label: string
  meaning: string
}

function partsOf({ states, halted, paused }: Counts): { lifecycle: Part[]; trading: Part[] } {
  // Running first: the bar reads from what is well to what is not.
  const order = [...OBSERVED_ORDER].reverse().sort((a, b) => Number(b === 'RUNNING') - Number(a === 'RUNNING'))
  const lifecycle = order.map((state) => ({ state, count: states[state] ?? 0, mark: MARKS[state], ...OBSERVED[state] }))
  const trading: Part[] = [
    { state: 'paused', count: paused, mark: '‖', ...TRADING.REDUCING },
    { state: 'halted', count: halted, mark: '⊘', ...TRADING.HALTED },
  ]
  return { lifecycle: lifecycle.filter(({ count }) => count > 0), trading: trading.filter(({ count }) => count > 0) }
}

export const StateBar = memo(function StateBar({ counts, search, refine }: { counts: Counts; search: FleetSearch; refine: Refine }) {
  const { lifecycle, trading } = partsOf(counts)
  return (
    <>
      <div className={classes.value}>{integer(counts.all)} <small className="quiet">{counts.all === 1 ? 'bot' : 'bots'}</small></div>
      <div className={classes.bar} aria-hidden>
        {lifecycle.map(({ state, count, color }) => <span key={state} data-color={color} style={{ flexGrow: count }} />)}
      </div>
      <div className={classes.legend} role="group" aria-label="Show only one state">
        {[...lifecycle, ...trading].map(({ state, count, color, mark, label, meaning }) => (
          <button key={state} type="button" aria-pressed={search.state === state} title={meaning} onClick={() => refine({ state: search.state === state ? undefined : state })}>
            <span className={classes.mark} data-color={color} aria-hidden>{mark}</span> {label} <b>{integer(count)}</b>
          </button>
        ))}
      </div>
    </>
  )
})
