/** The frame around every page: header, navigation, banners, and what listens everywhere. */
import { ActionIcon, AppShell, Burger, Button, Group, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet } from '@tanstack/react-router'
import { Moon, OctagonX, Search, ShipWheel, Sun } from 'lucide-react'
import { useEffect } from 'react'
import { Confirm } from '../commands/Confirm'
import { steerAll } from '../commands/steer'
import { live } from '../live/live'
import { Banners } from './Banners'
import { Menu } from './Menu'
import { OperationsButton } from './OperationsButton'
import { Palette } from './Palette'
import { openPalette } from './palette'
import { prefer, usePreferences } from './preferences'
import { StreamBadge } from './StreamBadge'
import classes from './Shell.module.css'

export function Shell() {
  useEffect(() => live.start(), [])
  const [isMenuOpen, menu] = useDisclosure(false)
  return (
    <>
      <a className="skip" href="#content">Skip to content</a>
      <AppShell header={{ height: 52 }} navbar={{ width: 176, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }} padding={{ base: 'xs', sm: 'md' }}>
        <AppShell.Header>
          <Group h="100%" px={{ base: 'xs', sm: 'md' }} justify="space-between" wrap="nowrap" gap="xs">
            <Group gap={8} wrap="nowrap">
              <Burger opened={isMenuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
              <Link to="/" className={classes.brand}><ShipWheel size={20} aria-hidden /><Text span visibleFrom="xs" inherit>styrman</Text></Link>
              <StreamBadge />
            </Group>
            <Tools />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs"><Menu onPick={menu.close} /></AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1}><Banners /><Outlet /></AppShell.Main>
      </AppShell>
      <Palette />
      <Confirm />
    </>
  )
}

function Tools() {
  const { toggleColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('dark') === 'dark'
  const { zone } = usePreferences()
  return (
    <Group gap={6} wrap="nowrap">
      <OperationsButton />
      <Tooltip label="Search and commands (Ctrl K)"><ActionIcon variant="default" size={30} aria-label="Search and commands" onClick={openPalette}><Search size={16} /></ActionIcon></Tooltip>
      <Tooltip label={zone === 'utc' ? 'Times are in UTC' : 'Times are in your zone'}>
        <Button size="xs" variant="default" px={8} visibleFrom="xs" onClick={() => prefer({ zone: zone === 'utc' ? 'local' : 'utc' })}>{zone === 'utc' ? 'UTC' : 'Local'}</Button>
      </Tooltip>
      <Tooltip label={isDark ? 'Light' : 'Dark'}>
        <ActionIcon variant="default" size={30} aria-label={isDark ? 'Light colours' : 'Dark colours'} onClick={toggleColorScheme} visibleFrom="xs">{isDark ? <Sun size={16} /> : <Moon size={16} />}</ActionIcon>
      </Tooltip>
      <Button size="xs" color="red" variant="outline" leftSection={<OctagonX size={15} />} onClick={() => void steerAll('halt', live.fleet.bots)}>
        Halt all<Text span inherit visibleFrom="md">&nbsp;trading</Text>
      </Button>
    </Group>
  )
}
