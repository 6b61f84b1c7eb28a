/** One event in full: its fields, as they are in the journal. */
import type { Schemas } from '../../api/client'
import { ago } from '../../format/times'
import classes from './events.module.css'

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 1))

export function Detail({ event }: { event: Schemas['JournalEvent'] }) {
  const fields = Object.entries(event.fields).filter(([, value]) => value !== null && value !== '')
  return (
    <dl className={classes.fields}>
      <dt>number</dt><dd>{event.seq}</dd>
      <dt>when</dt><dd>{event.at} <span className="quiet">({ago(event.at)})</span></dd>
      {fields.map(([name, value]) => [<dt key={name}>{name.replaceAll('_', ' ')}</dt>, <dd key={`${name} value`}>{written(value)}</dd>])}
    </dl>
  )
}
