/** What to do with the bots that are chosen, and how far the last command over many has come. */
import { Button, CloseButton, Progress } from '@mantine/core'
import { useState, useSyncExternalStore } from 'react'
import { LABEL } from '../../commands/harm'
import { operations, type Tracked } from '../../commands/operations'
import { whyFailed } from '../../commands/send'
import { steer } from '../../commands/steer'
import { integer } from '../../format/numbers'
import { live } from '../../live/live'
import type { BotRow } from '../../live/rows'
import { BULK_DEEDS, type Deed } from './deeds'
import looks from './fleet.module.css'
import classes from './grid.module.css'
import { selection } from './selection'

export function BulkBar({ selected, shown }: { selected: ReadonlySet<string>; shown: readonly BotRow[] }) {
  const [dismissed, setDismissed] = useState<string>()
  const last = useSyncExternalStore(operations.watch, () => operations.all).find(({ total }) => total > 1)
  const isShown = last !== undefined && last.id !== dismissed && (last.state === 'running' || selected.size > 0 || last.state === 'failed')
  if (selected.size === 0 && !isShown) return null
  return (
    <div className={classes.dock}>
      <section className={classes.bulk} aria-label="Chosen bots">
        {isShown && <HowFar operation={last} onClose={() => setDismissed(last.id)} />}
        {selected.size > 0 && <Tools selected={selected} shown={shown} />}
      </section>
    </div>
  )
}

function HowFar({ operation, onClose }: { operation: Tracked; onClose: () => void }) {
  const { label, state, done, failed, total } = operation
  const said = state === 'running' ? `${integer(done + failed)} of ${integer(total)}` : `${integer(done)} of ${integer(total)} done`
  return (
    <div className={classes.progress} role="status">
      <div className={classes.tools}>
        <span>{label}: {said}{failed > 0 && <span className="down">, {integer(failed)} failed</span>}</span>
        {state !== 'running' && <CloseButton size="xs" ml="auto" aria-label="Dismiss" onClick={onClose} />}
      </div>
      <Progress mt={4} size="sm" value={total === 0 ? 100 : ((done + failed) / total) * 100} color={failed > 0 ? 'red' : state === 'succeeded' ? 'teal' : 'sea'} animated={state === 'running'} aria-label={`${label}: ${said}`} />
      {state === 'failed' && <div className="quiet">{whyFailed(operation)}</div>}
    </div>
  )
}

function Tools({ selected, shown }: { selected: ReadonlySet<string>; shown: readonly BotRow[] }) {
  const hidden = selected.size - shown.reduce((count, { id }) => count + Number(selected.has(id)), 0)
  const perform = (deed: Deed) => {
    const bots = [...selected].map((id) => live.fleet.bot(id)).filter((bot) => bot !== undefined)
    void steer(deed, bots)
  }
  const liveBots = [...selected].filter((id) => live.fleet.bot(id)?.mode === 'live').length
  const isAll = selected.size - hidden === shown.length
  return (
    <div className={classes.tools} role="toolbar" aria-label="Steer the chosen bots">
      <span className={classes.chosen} role="status">
        {integer(selected.size)} selected{hidden > 0 && <span className="quiet">, {integer(hidden)} of them not shown</span>}
      </span>
      {liveBots > 0 && <span className={looks.filled} data-color="pink">{integer(liveBots)} with real money</span>}
      {!isAll && <Button size="compact-xs" variant="subtle" onClick={() => selection.toggleAll(shown.map(({ id }) => id))}>Select all {integer(shown.length)}</Button>}
      <div className={classes.deeds}>
        {BULK_DEEDS.map((deed) => (
          <Button key={deed} size="xs" px={10} variant="default" onClick={() => perform(deed)}>{LABEL[deed]}</Button>
        ))}
      </div>
      <CloseButton className={classes.close} size="sm" aria-label="Select none" title="Select none (Escape)" onClick={() => selection.clear()} />
    </div>
  )
}
