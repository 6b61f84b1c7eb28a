/** Further candles that a bot reads: another time frame, or other instruments too. */
import { ActionIcon, Button, Group, Input, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useField } from '../context'
import { isList, isObject, without, type Json, type JsonObject } from '../json'
import { splitTags } from '../typed'

export function FeedsInput() {
  const { value, set, error } = useField(['feeds'])
  const feeds = isList(value) ? value : []
  const put = (place: number, feed: Json) => set(feeds.map((each, at) => (at === place ? feed : each)))
  return (
    <Stack gap="sm">
      <Text size="xs" className="quiet">Candles of other time frames or instruments than the bot's own; it reads them and does not trade by them.</Text>
      {feeds.map((feed, place) => (
        <Feed key={place} place={place} feed={isObject(feed) ? feed : {}} put={(next) => put(place, next)} drop={() => set(feeds.filter((_, at) => at !== place))} />
      ))}
      {error !== undefined && <Input.Error>{error}</Input.Error>}
      <Group><Button size="xs" variant="default" leftSection={<Plus size={14} />} onClick={() => set([...feeds, { timeframe: '1h', instruments: [] }])}>Add candles</Button></Group>
    </Stack>
  )
}

function Feed({ place, feed, put, drop }: { place: number; feed: JsonObject; put: (feed: JsonObject) => void; drop: () => void }) {
  const names = isList(feed.instruments) ? feed.instruments.map(String) : []
  return (
    <Group gap="sm" align="flex-end" wrap="wrap">
      <TextInput label="Time frame" w={110} value={typeof feed.timeframe === 'string' ? feed.timeframe : ''} onChange={(event) => put({ ...feed, timeframe: event.currentTarget.value })} />
      <TagsInput
        label="Instruments" flex={1} miw={180} placeholder={names.length === 0 ? "the bot's own" : ''} value={names} splitChars={[',', ' ', ';']}
        onChange={(tags) => put({ ...without(feed, 'instruments'), instruments: splitTags(tags, 'all').map((tag) => tag.toUpperCase()) })}
      />
      <ActionIcon variant="default" size="lg" onClick={drop} aria-label={`Remove candles ${place + 1}`}><Trash2 size={16} /></ActionIcon>
    </Group>
  )
}
