/** The frame around every page: header, navigation, banners, and what listens everywhere. */
import { Burger } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { ShipWheel } from 'lucide-react'
import { useEffect } from 'react'
import { Confirm } from '../commands/Confirm'
import { live } from '../live/live'
import { recoverWith } from '../live/recover'
import { Banners } from './Banners'
import { Menu } from './Menu'
import { Notices } from './Notices'
import { Palette } from './Palette'
import { StreamBadge } from './StreamBadge'
import { Tools } from './Tools'
import classes from './Shell.module.css'

export function Shell() {
  const queries = useQueryClient()
  useEffect(() => live.start(), [])
  useEffect(() => recoverWith(live, queries), [queries])
  const [isMenuOpen, menu] = useDisclosure(false)
  return (
    <>
      <a className="skip" href="#content">Skip to content</a>
      <header className={classes.header}>
        <div className={classes.side}>
          <Burger opened={isMenuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" aria-expanded={isMenuOpen} aria-controls="menu" />
          <Link to="/" className={classes.brand} aria-label="styrman, the fleet"><ShipWheel size={20} aria-hidden /><span>styrman</span></Link>
          <StreamBadge />
        </div>
        <Tools />
      </header>
      <aside id="menu" aria-label="Navigation and preferences" className={classes.menu} data-open={isMenuOpen || undefined}><Menu onPick={menu.close} /></aside>
      <main id="content" tabIndex={-1} className={classes.main}><Banners /><Outlet /></main>
      <Palette />
      <Confirm />
      <Notices />
    </>
  )
}
