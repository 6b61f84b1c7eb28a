/** The filter of the list. What is chosen stands in the address. On a phone all but the text waits behind a button. */
import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { ListFilter, Search } from 'lucide-react'
import { memo, useState } from 'react'
import { MODES, OBSERVED, OBSERVED_ORDER } from '../../domain/states'
import { integer } from '../../format/numbers'
import { orderName, ORDERS } from './columns'
import type { Options } from './counts'
import { filtersIn, type FleetSearch } from './filter'
import classes from './fleet.module.css'
import type { Refine } from './hooks'

const NONE = { q: undefined, state: undefined, venue: undefined, mode: undefined, label: undefined }
const STATES = [
  { value: '', label: 'Any state' }, { value: 'attention', label: 'Needs attention' },
  ...OBSERVED_ORDER.map((state) => ({ value: state, label: OBSERVED[state].label })),
  { value: 'paused', label: 'Paused' }, { value: 'halted', label: 'Halted' },
]

interface Props {
  search: FleetSearch
  refine: Refine
  options: Options
}

export const Filters = memo(function Filters({ search, refine, options, shown, all }: Props & { shown: number; all: number }) {
  const [isOpen, setIsOpen] = useState(false)
  const filters = filtersIn(search)
  return (
    <search className={classes.filters} aria-label="Filter the bots">
      <Words q={search.q} refine={refine} />
      <Button className={classes.onPhone} size="xs" variant="default" leftSection={<ListFilter size={14} />} aria-expanded={isOpen} aria-controls="choices" onClick={() => setIsOpen(!isOpen)}>
        Filters{filters > 0 && ` (${filters})`}
      </Button>
      <div id="choices" className={classes.choices} data-open={isOpen || undefined}><Choices search={search} refine={refine} options={options} /></div>
      {filters > 0 && <Button size="xs" variant="subtle" onClick={() => refine(NONE)}>Clear</Button>}
      <span className={`quiet ${classes.found ?? ''}`} role="status">{shown === all ? `${integer(all)} bots` : `${integer(shown)} of ${integer(all)} bots`}{search.sort === undefined && ', attention first'}</span>
      {filters === 0 && <span className={`quiet ${classes.keys ?? ''}`}><kbd>j</kbd> <kbd>k</kbd> move · <kbd>x</kbd> select · <kbd>↵</kbd> open</span>}
    </search>
  )
})

/** The text. It is filtered by once the typing pauses; where the address changes otherwise, by clearing or going back, it follows. */
function Words({ q, refine }: { q: string | undefined; refine: Refine }) {
  const [text, setText] = useState(q ?? '')
  const [{ seen, asked }, setKnown] = useState({ seen: q, asked: q })
  if (q !== seen) {
    setKnown({ seen: q, asked: q })
    if (q !== asked) setText(q ?? '')
  }
  const ask = useDebouncedCallback((value: string) => {
    const words = value.trim() === '' ? undefined : value.trim()
    setKnown({ seen, asked: words })
    refine({ q: words })
  }, 150)
  const type = (value: string) => {
    setText(value)
    ask(value)
  }
  return (
    <TextInput
      size="xs" type="search" aria-label="Filter by name, strategy, instrument or label" placeholder="Name, strategy, instrument, label…" leftSection={<Search size={14} />}
      value={text} onChange={(event) => type(event.currentTarget.value)}
      rightSection={text === '' ? null : <CloseButton size="xs" aria-label="Clear the text" onClick={() => type('')} />}
    />
  )
}

function Choices({ search, refine, options }: Props) {
  const choose = (part: 'state' | 'venue' | 'mode' | 'label') => (event: { currentTarget: HTMLSelectElement }) => refine({ [part]: event.currentTarget.value || undefined })
  const order = ORDERS.find(({ value }) => value === orderName(search))
  const sort = (event: { currentTarget: HTMLSelectElement }) => refine({ sort: undefined, desc: undefined, ...ORDERS.find(({ value }) => value === event.currentTarget.value)?.search })
  return (
    <>
      <NativeSelect size="xs" aria-label="State" data={STATES} value={search.state ?? ''} onChange={choose('state')} />
      <NativeSelect size="xs" aria-label="Venue" data={[{ value: '', label: 'Any venue' }, ...withChosen(options.venues, search.venue)]} value={search.venue ?? ''} onChange={choose('venue')} />
      <NativeSelect size="xs" aria-label="Mode" data={[{ value: '', label: 'Any mode' }, ...withChosen(options.modes, search.mode).map((mode) => ({ value: mode, label: MODES[mode].label }))]} value={search.mode ?? ''} onChange={choose('mode')} />
      <NativeSelect size="xs" aria-label="Label" data={[{ value: '', label: 'Any label' }, ...withChosen(options.labels, search.label)]} value={search.label ?? ''} onChange={choose('label')} />
      <NativeSelect className={classes.onPhone} size="xs" aria-label="Order" data={ORDERS.map(({ value, label }) => ({ value, label }))} value={order?.value ?? ''} onChange={sort} />
    </>
  )
}

/** The options, with the one that an old address may still choose. */
function withChosen<T extends string>(options: readonly T[], chosen: T | undefined): T[] {
  return chosen === undefined || options.includes(chosen) ? [...options] : [...options, chosen]
}
