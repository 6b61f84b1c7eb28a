/** The menu of the less likely commands. */
import { Menu } from '@mantine/core'
import { LABEL, type Action } from '../../../commands/harm'
import { ButtonMenu } from '../../../components/ButtonMenu'
import { FACES } from './faces'

interface Props {
  button: HTMLElement
  actions: readonly Action[]
  perform: (action: Action) => void
  onClose: () => void
}

export function MoreMenu({ button, actions, perform, onClose }: Props) {
  return (
    <ButtonMenu button={button} label="More commands" width={170} onClose={onClose}>
      {actions.map((action) => {
        const { icon: Icon, color } = FACES[action]
        return <Menu.Item key={action} leftSection={<Icon size={14} aria-hidden />} {...(color === undefined ? {} : { color })} onClick={() => perform(action)}>{LABEL[action]}</Menu.Item>
      })}
    </ButtonMenu>
  )
}
