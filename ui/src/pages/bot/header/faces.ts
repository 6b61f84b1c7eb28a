/** How each command looks. */
import { OctagonX, Pause, Play, RotateCcw, RotateCw, Square, Trash2, Undo2, XCircle, type LucideIcon } from 'lucide-react'
import type { Action } from '../../../commands/harm'

interface Face {
  label: string
  icon: LucideIcon
  color?: string
}

export const FACES: Record<Action, Face> = {
  start: { label: 'Start', icon: Play, color: 'teal' },
  stop: { label: 'Stop', icon: Square },
  restart: { label: 'Restart', icon: RotateCw },
  pause: { label: 'Pause', icon: Pause },
  resume: { label: 'Resume', icon: Play, color: 'teal' },
  reset: { label: 'Reset', icon: RotateCcw },
  flatten: { label: 'Flatten', icon: XCircle, color: 'red' },
  halt: { label: 'Halt', icon: OctagonX, color: 'red' },
  unhalt: { label: 'Lift halt', icon: Undo2, color: 'teal' },
  delete: { label: 'Delete', icon: Trash2, color: 'red' },
}
