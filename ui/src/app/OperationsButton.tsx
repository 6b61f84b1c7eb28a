/** What was asked lately and what became of it, behind one button with the number that still runs. */
import { ActionIcon, Indicator } from '@mantine/core'
import { ListChecks } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { operations } from '../commands/operations'
import { later } from '../components/later'

const OperationsDrawer = later(() => import('./OperationsDrawer'), 'OperationsDrawer')

export function OperationsButton() {
  const [isOpen, setIsOpen] = useState(false)
  const all = useSyncExternalStore(operations.watch, () => operations.all)
  const running = all.filter(({ state }) => state === 'running').length
  return (
    <>
      <Indicator disabled={running === 0} label={running} size={16} color="sea">
        <ActionIcon variant="default" size={30} aria-label={`Operations, ${running} running`} title="What was asked, and what became of it" onClick={() => setIsOpen(true)}>
          <ListChecks size={16} />
        </ActionIcon>
      </Indicator>
      {isOpen && <OperationsDrawer all={all} onClose={() => setIsOpen(false)} />}
    </>
  )
}
