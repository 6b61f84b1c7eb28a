/** A menu at the button that opened it, wherever that stands. Closing gives the focus back to the button. */
import { Menu } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  button: HTMLElement
  label: string
  width: number
  onClose: () => void
  children: ReactNode
}

export function ButtonMenu({ button, label, width, onClose, children }: Props) {
  const { right, bottom } = button.getBoundingClientRect()
  const close = () => {
    onClose()
    button.focus({ preventScroll: true })
  }
  return (
    <Menu opened onChange={(isOpen) => (isOpen ? undefined : close())} position="bottom-end" width={width} shadow="md" returnFocus={false} withinPortal>
      <Menu.Target><span style={{ position: 'fixed', left: right, top: bottom }} /></Menu.Target>
      <Menu.Dropdown aria-label={label}>{children}</Menu.Dropdown>
    </Menu>
  )
}
