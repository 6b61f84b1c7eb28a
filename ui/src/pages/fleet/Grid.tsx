/** The list of bots: only the rows on the screen are drawn, and each of them only when it changes. */
import { useNavigate, useRouter } from '@tanstack/react-router'
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState, type SyntheticEvent } from 'react'
import { steer } from '../../commands/steer'
import { later } from '../../components/later'
import { attentionOf, RANK } from '../../domain/attention'
import { live } from '../../live/live'
import type { FleetSearch } from './filter'
import classes from './grid.module.css'
import { Head } from './Head'
import { useListKeys } from './keys'
import type { Listing, View } from './listing'
import { Row, type RowActions } from './Row'
import type { Menued } from './RowMenu'
import { selection } from './selection'
import { useIsNarrow, useTop } from './place'

const RowMenu = later(() => import('./RowMenu'), 'RowMenu')
const OVERSCAN = 14 // rows beyond the screen: what a fast wheel turns over before the next frame

interface Props {
  view: View
  search: FleetSearch
  listing: Listing
  selected: ReadonlySet<string>
}

/** The row that the keyboard is at; `tick` is another number whenever it is to take the focus. */
export interface Active {
  id: string | undefined
  tick: number
}

export function Grid({ view, search, listing, selected }: Props) {
  const { shown } = view
  const body = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<Active>({ id: undefined, tick: 0 })
  const [menu, setMenu] = useState<Menued>()
  const on = useRowActions(listing, setMenu)
  const activeAt = active.id === undefined ? -1 : shown.findIndex(({ id }) => id === active.id)
  const virtualizer = useRows(body, shown.length, (at) => shown[at]?.id ?? at, activeAt)
  useListKeys({ listing, active, setActive, scrollTo: (at) => virtualizer.scrollToIndex(at, { align: 'auto' }), open: on.open })

  const items = virtualizer.getVirtualItems()
  const tabAt = activeAt >= 0 ? activeAt : (items[0]?.index ?? 0)
  const chosen = useMemo(() => (selected.size === 0 ? 0 : shown.reduce((count, { id }) => count + Number(selected.has(id)), 0)), [shown, selected])
  const ids = useCallback(() => listing.shownIds(), [listing])
  const onFocus = (event: SyntheticEvent) => {
    listing.focus(true)
    const id = (event.target as HTMLElement).closest<HTMLElement>('[data-id]')?.dataset.id
    if (id !== undefined && id !== active.id) setActive({ id, tick: 0 })
  }
  return (
    <>
      <div className={classes.grid} role="grid" aria-label="Bots" aria-rowcount={shown.length + 1} aria-multiselectable>
        <Head search={search} shown={shown.length} chosen={chosen} ids={ids} />
        <div
          ref={body} role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }} onFocus={onFocus} onBlur={() => listing.focus(false)}
          onPointerEnter={(event) => listing.over(event.pointerType === 'mouse')} onPointerLeave={() => listing.over(false)} onPointerMove={listing.touch}
        >
          {items.map(({ index, start }) => {
            const bot = shown[index]
            if (bot === undefined) return null
            const attention = attentionOf(bot, view.at)
            return (
              <Row
                key={bot.id} bot={bot} at={index} top={start - virtualizer.options.scrollMargin} isChosen={selected.has(bot.id)} isTab={index === tabAt}
                urgency={attention === undefined ? 0 : RANK[attention.urgency]} reason={attention?.reason} focusTick={bot.id === active.id ? active.tick : 0} on={on}
              />
            )
          })}
        </div>
      </div>
      {menu !== undefined && <RowMenu menued={menu} perform={on.perform} onClose={() => setMenu(undefined)} />}
    </>
  )
}

/** The rows of the screen; the row that has the focus stays drawn wherever one scrolls. */
function useRows(body: React.RefObject<HTMLDivElement | null>, count: number, getItemKey: (at: number) => string | number, activeAt: number) {
  const isNarrow = useIsNarrow()
  const rowHeight = isNarrow ? 68 : 46
  const virtualizer = useWindowVirtualizer({
    count, getItemKey, overscan: OVERSCAN, estimateSize: () => rowHeight, scrollMargin: useTop(body),
    scrollPaddingStart: isNarrow ? 92 : 132, scrollPaddingEnd: 80,
    rangeExtractor: (range: Range) => withActive(defaultRangeExtractor(range), activeAt),
  })
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight])
  return virtualizer
}

function withActive(range: number[], at: number): number[] {
  if (at < 0 || range.includes(at)) return range
  return at < (range[0] ?? 0) ? [at, ...range] : [...range, at]
}

function useRowActions(listing: Listing, setMenu: (menu: Menued) => void): RowActions {
  const navigate = useNavigate()
  const router = useRouter()
  return useMemo(() => ({
    choose: (id, isRange) => (isRange ? selection.extend(id, listing.shownIds()) : selection.toggle(id)),
    open: (id) => void navigate({ to: '/bots/$botId', params: { botId: id } }),
    hint: (id) => void router.preloadRoute({ to: '/bots/$botId', params: { botId: id } }),
    perform: (id, deed) => {
      const bot = live.fleet.bot(id)
      if (bot !== undefined) void steer(deed, [bot])
    },
    menu: (id, button) => setMenu({ id, button }),
  }), [listing, navigate, router, setMenu])
}
