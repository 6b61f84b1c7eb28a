/** The menu of a row: every command that fits the bot. One menu for the whole list, at the button that asked for it. */
import { Menu } from '@mantine/core'
import { ArrowUpRight } from 'lucide-react'
import { Link } from '@tanstack/react-router'
import { LABEL } from '../../commands/harm'
import { ButtonMenu } from '../../components/ButtonMenu'
import { useBotRow } from '../../live/hooks'
import { menuDeeds, type Deed } from './deeds'

export interface Menued {
  id: string
  button: HTMLElement
}

const GRAVE: readonly Deed[] = ['flatten', 'halt']

export function RowMenu({ menued: { id, button }, perform, onClose }: { menued: Menued; perform: (id: string, deed: Deed) => void; onClose: () => void }) {
  const bot = useBotRow(id)
  if (bot === undefined) return null
  return (
    <ButtonMenu button={button} label={`Actions for ${id}`} width={190} onClose={onClose}>
      <Menu.Item leftSection={<ArrowUpRight size={14} />} renderRoot={(props) => <Link to="/bots/$botId" params={{ botId: id }} {...props} />}>Open</Menu.Item>
      <Menu.Divider />
      {menuDeeds(bot).map((deed) => (
        <Menu.Item key={deed} {...(GRAVE.includes(deed) ? { color: 'red' } : {})} onClick={() => perform(id, deed)}>{LABEL[deed]}</Menu.Item>
      ))}
    </ButtonMenu>
  )
}
