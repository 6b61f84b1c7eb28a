/** The menu of the less likely commands, at the button that opened it. */
import { Menu } from '@mantine/core'
import type { Action } from '../../../commands/harm'
import { FACES } from './faces'

interface Props {
  button: HTMLElement
  actions: readonly Action[]
  perform: (action: Action) => void
  onClose: () => void
}

export function MoreMenu({ button, actions, perform, onClose }: Props) {
  const { right, bottom } = button.getBoundingClientRect()
  const close = () => {
    onClose()
    button.focus({ preventScroll: true })
  }
  return (
    <Menu opened onChange={(isOpen) => (isOpen ? undefined : close())} position="bottom-end" width={170} shadow="md" returnFocus={false} withinPortal>
      <Menu.Target><span style={{ position: 'fixed', left: right, top: bottom }} /></Menu.Target>
      <Menu.Dropdown aria-label="More commands">
        {actions.map((action) => {
          const { label, icon: Icon, color } = FACES[action]
          return <Menu.Item key={action} leftSection={<Icon size={14} aria-hidden />} {...(color === undefined ? {} : { color })} onClick={() => perform(action)}>{label}</Menu.Item>
        })}
      </Menu.Dropdown>
    </Menu>
  )
}
