/** How each command looks. */
import { OctagonX, Pause, Play, RotateCcw, RotateCw, Square, Trash2, Undo2, XCircle, type LucideIcon } from 'lucide-react'
import type { Action } from '../../../commands/harm'

interface Face {
  icon: LucideIcon
  color?: string
}

export const FACES: Record<Action, Face> = {
  start: { icon: Play, color: 'teal' },
  stop: { icon: Square },
  restart: { icon: RotateCw },
  pause: { icon: Pause },
  resume: { icon: Play, color: 'teal' },
  reset: { icon: RotateCcw },
  flatten: { icon: XCircle, color: 'red' },
  halt: { icon: OctagonX, color: 'red' },
  unhalt: { icon: Undo2, color: 'teal' },
  delete: { icon: Trash2, color: 'red' },
}
