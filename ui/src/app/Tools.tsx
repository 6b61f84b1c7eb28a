/** The header's right side: operations, search, time zone, colours, and the halt of everything. */
import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Moon, OctagonX, Search, Sun } from 'lucide-react'
import { steerAll } from '../commands/steer'
import { live } from '../live/live'
import { OperationsButton } from './OperationsButton'
import { openPalette } from './palette'
import { prefer, usePreferences } from './preferences'
import classes from './Shell.module.css'

export function Tools() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('dark') === 'dark'
  const { zone } = usePreferences()
  const colors = isDark ? 'Light colours' : 'Dark colours'
  return (
    <div className={classes.side}>
      <OperationsButton />
      <ActionIcon variant="default" size={30} aria-label="Search and commands" title="Search and commands (Ctrl K)" onClick={openPalette}><Search size={16} /></ActionIcon>
      <Button size="xs" variant="default" px={8} visibleFrom="xs" title="Switch between UTC and your own time" onClick={() => prefer({ zone: zone === 'utc' ? 'local' : 'utc' })}>
        {zone === 'utc' ? 'UTC' : 'Local'}
      </Button>
      <ActionIcon variant="default" size={30} aria-label={colors} title={colors} onClick={() => setColorScheme(isDark ? 'light' : 'dark')} visibleFrom="xs">
        {isDark ? <Sun size={16} /> : <Moon size={16} />}
      </ActionIcon>
      <Button size="xs" color="red" variant="outline" leftSection={<OctagonX size={15} />} aria-label="Halt all trading" onClick={() => void steerAll('halt', live.known())}>
        Halt all<span className={classes.wide}>&nbsp;trading</span>
      </Button>
    </div>
  )
}
