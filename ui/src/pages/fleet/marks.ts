/** The shape of each state: who can't tell the colours apart reads these. */
import type { Observed } from '../../api/client'

export const MARKS: Record<Observed, string> = { RUNNING: '●', STARTING: '◐', STOPPING: '◑', STOPPED: '○', BACKOFF: '▲', FAILED: '✕', QUARANTINED: '◆' }
