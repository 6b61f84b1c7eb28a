/** What can be done with the bot now: the likely commands as buttons, the others in a menu that loads when it is opened. */
import { ActionIcon, Button, Group } from '@mantine/core'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { LABEL, type Action } from '../../../commands/harm'
import { later } from '../../../components/later'
import { steer } from '../../../commands/steer'
import type { BotRow } from '../../../live/rows'
import { offerOf } from '../actions'
import { remove } from '../commands'
import { FACES } from './faces'

const MoreMenu = later(() => import('./MoreMenu'), 'MoreMenu')

export function Actions({ bot }: { bot: BotRow }) {
  const { first, more } = offerOf(bot)
  const [button, setButton] = useState<HTMLElement>()
  // The second click of a double click would find the opposite command under the pointer.
  const perform = (action: Action) => void (action === 'delete' ? remove(bot) : steer(action, [bot]))
  return (
    <Group gap="xs" role="group" aria-label="Commands">
      {first.map((action) => {
        const { icon: Icon, color = 'gray' } = FACES[action]
        return <Button key={action} size="xs" variant={color === 'gray' ? 'default' : 'light'} color={color} leftSection={<Icon size={14} aria-hidden />} onClick={(event) => { if (event.detail < 2) perform(action) }}>{LABEL[action]}</Button>
      })}
      <ActionIcon variant="default" size={30} aria-label="More commands" aria-haspopup="menu" aria-expanded={button !== undefined} onClick={(event) => setButton(event.currentTarget)}>
        <Ellipsis size={16} aria-hidden />
      </ActionIcon>
      {button !== undefined && <MoreMenu button={button} actions={more} perform={perform} onClose={() => setButton(undefined)} />}
    </Group>
  )
}
