/** From when to when, in the zone that the reader prefers. */
import { Text, TextInput } from '@mantine/core'
import { usePreferences } from '../../app/preferences'
import { useWords } from '../../components/table/useWords'
import classes from './events.module.css'
import { fieldOf, momentOf } from './filter'

export function TimeFields() {
  const { zone } = usePreferences()
  return <><TimeField key={`since ${zone}`} name="since" label="Since" /><TimeField key={`until ${zone}`} name="until" label="Until" /></>
}

function TimeField({ name, label }: { name: 'since' | 'until'; label: string }) {
  const { zone } = usePreferences()
  const [words, change] = useWords()
  return (
    <TextInput
      size="xs" type="datetime-local" step={1} className={classes.moment} aria-label={`${label}, ${zone === 'utc' ? 'UTC' : 'local time'}`}
      leftSection={<Text size="xs" className="quiet">{label}</Text>} leftSectionWidth={48} value={fieldOf(words[name], zone)} onChange={(event) => change({ [name]: momentOf(event.currentTarget.value, zone) })}
    />
  )
}
