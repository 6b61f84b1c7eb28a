/** The filters above a table, each a word of the address. */
import { Autocomplete, Button, CloseButton, Select, TextInput } from '@mantine/core'
import { FilterX, Search } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { live } from '../../live/live'
import classes from './Table.module.css'
import { useWords } from './useWords'

const TYPED_MS = 300

/** A row of filters; `names` are those that "Clear" clears. */
export function Filters({ names, children }: { names: readonly string[]; children: ReactNode }) {
  const [words, change] = useWords()
  const isFiltered = names.some((name) => words[name] !== undefined)
  return (
    <div className={classes.filters} role="search">
      {children}
      {isFiltered && (
        <Button size="xs" variant="subtle" leftSection={<FilterX size={14} />} onClick={() => change(Object.fromEntries(names.map((name) => [name, undefined])))}>Clear</Button>
      )}
    </div>
  )
}

/** Return what is typed, and what takes it: the address follows once typing pauses. */
function useTyped(name: string): { typed: string; type: (text: string) => void; rest: () => void } {
  const [words, change] = useWords()
  const [draft, setDraft] = useState<string>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const type = (text: string) => {
    setDraft(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => change({ [name]: text.trim() }), TYPED_MS)
  }
  return { typed: draft ?? words[name] ?? '', type, rest: () => setDraft(undefined) }
}

export function TextFilter({ name, label, placeholder }: { name: string; label: string; placeholder: string }) {
  const { typed, type, rest } = useTyped(name)
  return (
    <TextInput
      size="xs" className={classes.text} aria-label={label} placeholder={placeholder} leftSection={<Search size={14} aria-hidden />} value={typed}
      onChange={(event) => type(event.currentTarget.value)} onBlur={rest}
      rightSection={typed === '' ? null : <CloseButton size="xs" aria-label={`Clear ${label.toLowerCase()}`} onClick={() => type('')} />}
    />
  )
}

export function SelectFilter({ name, label, options }: { name: string; label: string; options: readonly { value: string; label: string }[] }) {
  const [words, change] = useWords()
  return (
    <Select
      size="xs" className={classes.pick} aria-label={label} placeholder={label} clearable data={[...options]} value={words[name] ?? null}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }} onChange={(value) => change({ [name]: value ?? undefined })}
    />
  )
}

/** A filter by a name that the fleet knows, or, as of a bot that is gone, one that is typed. */
export function NameFilter({ name, label, namesOf }: { name: string; label: string; namesOf: (bot: { id: string; instruments: string[] }) => readonly string[] }) {
  const { typed, type, rest } = useTyped(name)
  const [known, setKnown] = useState<string[]>([])
  const look = () => setKnown([...new Set(live.fleet.bots.flatMap(namesOf))].sort())
  return (
    <Autocomplete
      size="xs" className={classes.pick} aria-label={label} placeholder={label} data={known} limit={50} clearable value={typed}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }} onDropdownOpen={look} onFocus={look} onChange={type} onBlur={rest}
    />
  )
}
export const BotFilter = () => <NameFilter name="bot" label="Any bot" namesOf={({ id }) => [id]} />
export const InstrumentFilter = () => <NameFilter name="instrument" label="Any instrument" namesOf={({ instruments }) => instruments} />
