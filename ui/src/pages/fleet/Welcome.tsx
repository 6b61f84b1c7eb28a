/** A fleet without bots: what to do first. */
import { Button, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Plus, ShipWheel } from 'lucide-react'
import classes from './fleet.module.css'

const COMMAND = `styrman bot create --id trend --strategy ema_cross \\
  --venue sim --instrument BTC/USDT
styrman bot start trend`

export function Welcome() {
  return (
    <div className={classes.welcome}>
      <ShipWheel size={44} strokeWidth={1.4} aria-hidden />
      <Title order={1} fz={22}>No bots yet</Title>
      <Text size="sm" className="quiet">
        A bot trades one strategy on one venue. On the simulated venue it trades made-up money, so that nothing can go wrong while you look around.
      </Text>
      <Button leftSection={<Plus size={16} />} renderRoot={(props) => <Link to="/new" {...props} />}>New bot</Button>
      <Text size="sm" className="quiet">Or on the command line; it appears here at once:</Text>
      {/* Wider than a phone: whoever has no pointer must be able to scroll it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls takes the focus */}
      <pre className={classes.hint} tabIndex={0} aria-label="Commands">{COMMAND}</pre>
    </div>
  )
}
