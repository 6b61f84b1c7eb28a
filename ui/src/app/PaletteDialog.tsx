/** The command palette: one field that finds pages, bots and commands. */
import { Modal, Text, TextInput, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { steerAll } from '../commands/steer'
import { ObservedBadge } from '../components/Badges'
import { useReturnFocus } from '../components/useReturnFocus'
import { live } from '../live/live'
import { closePalette, search, type Deed, type Found } from './palette'
import classes from './Palette.module.css'
import { prefer, usePreferences } from './preferences'

export function PaletteDialog() {
  useReturnFocus()
  return (
    <Modal opened onClose={closePalette} withCloseButton={false} padding={0} size="lg" yOffset="12vh" attributes={{ content: { 'aria-label': 'Search and commands' } }}>
      <Finder />
    </Modal>
  )
}

function useDeed(): (deed: Deed) => void {
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('dark') === 'dark'
  const { zone } = usePreferences()
  return (deed) => {
    if (deed === 'new') void navigate({ to: '/new' })
    else if (deed === 'zone') prefer({ zone: zone === 'utc' ? 'local' : 'utc' })
    else if (deed === 'colors') setColorScheme(isDark ? 'light' : 'dark')
    else void steerAll(deed, live.known())
  }
}

function Finder() {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const navigate = useNavigate()
  const perform = useDeed()
  const found = search(text, live.fleet.bots)
  const pick = (chosen: Found) => {
    closePalette()
    if (chosen.kind === 'deed') perform(chosen.deed)
    else if (chosen.kind === 'page') void navigate({ to: chosen.to })
    else void navigate({ to: '/bots/$botId', params: { botId: chosen.bot.id } })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((before) => (before + step + found.length) % Math.max(1, found.length))
    }
    const chosen = found[at]
    if (event.key === 'Enter' && chosen !== undefined) pick(chosen)
  }
  return (
    <div>
      <TextInput
        variant="unstyled" size="md" px="md" leftSection={<Search size={16} />} placeholder="A page, a bot, a command…" aria-label="Search" data-autofocus
        value={text} onKeyDown={onKeyDown} role="combobox" aria-expanded aria-controls="found" aria-activedescendant={found[at]?.id.replaceAll(' ', '-')}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
      />
      <div id="found" role="listbox" aria-label="Found" className={classes.list}>
        {found.map((each, index) => (
          <UnstyledButton key={each.id} id={each.id.replaceAll(' ', '-')} role="option" aria-selected={index === at} tabIndex={-1} className={classes.row} onClick={() => pick(each)} onMouseEnter={() => setAt(index)}>
            <span>{each.label}</span>
            {each.kind === 'bot' ? <ObservedBadge observed={each.bot.observed} /> : <Text span size="xs" className="quiet">{each.kind === 'page' ? 'page' : 'command'}</Text>}
          </UnstyledButton>
        ))}
        {found.length === 0 && <Text size="sm" className="quiet" p="md">Nothing of that name.</Text>}
      </div>
    </div>
  )
}
