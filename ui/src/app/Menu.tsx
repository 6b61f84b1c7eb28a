/** The navigation, with the preferences that the header has no room for on a phone. */
import { Button, NavLink, Stack, Switch, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { LogOut } from 'lucide-react'
import { useSession } from '../session/context'
import { signOut } from '../session/session'
import { PAGES } from './nav'
import { prefer, usePreferences } from './preferences'

export function Menu({ onPick }: { onPick: () => void }) {
  return (
    <Stack justify="space-between" h="100%" gap="xs">
      <nav aria-label="Pages">
        {PAGES.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to} label={label} leftSection={<Icon size={16} aria-hidden />} onClick={onPick} variant="light"
            renderRoot={(props) => <Link to={to} activeOptions={{ exact: to === '/' }} activeProps={{ 'data-active': true, 'aria-current': 'page' }} {...props} />}
          />
        ))}
      </nav>
      <Preferences />
    </Stack>
  )
}

function Preferences() {
  const { profitColors, zone } = usePreferences()
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('dark') === 'dark'
  const { actor, sign_in: how } = useSession()
  const leave = () => void signOut().finally(() => location.reload())
  return (
    <Stack gap={8} p={6}>
      <Switch size="xs" hiddenFrom="xs" label="Dark" checked={isDark} onChange={() => setColorScheme(isDark ? 'light' : 'dark')} />
      <Switch size="xs" hiddenFrom="xs" label="Times in UTC" checked={zone === 'utc'} onChange={(event) => prefer({ zone: event.currentTarget.checked ? 'utc' : 'local' })} />
      <Switch size="xs" label="Red and green" checked={profitColors === 'classic'} onChange={(event) => prefer({ profitColors: event.currentTarget.checked ? 'classic' : 'safe' })} />
      <Text size="xs" className="quiet">Signed in as {actor}</Text>
      {how === 'cookie' && <Button size="xs" variant="default" leftSection={<LogOut size={14} />} onClick={leave}>Sign out</Button>}
    </Stack>
  )
}
