/** The signs on the buttons of a row: one path each, since a list draws them by the hundred. */
import type { Deed } from './deeds'

const PLAY = 'M6 4.5v15l13-7.5z'
const PATHS: Partial<Record<Deed | 'more', string>> = {
  start: PLAY,
  resume: PLAY,
  stop: 'M5.5 5.5h13v13h-13z',
  pause: 'M8 5v14M16 5v14',
  reset: 'M4 4v6h6M4.5 10a8 8 0 1 1-.5 4',
  unhalt: 'M12 3v9M7 6.5a8 8 0 1 0 10 0',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
}

export function Icon({ of }: { of: Deed | 'more' }) {
  return (
    <svg width="15" height="15" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={of === 'more' ? 3 : 2} strokeLinecap="round" strokeLinejoin="round" aria-hidden>
      <path d={PATHS[of] ?? PLAY} />
    </svg>
  )
}
