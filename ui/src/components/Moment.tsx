/** A moment, in the zone that the reader prefers; the other zone and the distance are in its title. */
import { usePreferences } from '../app/preferences'
import { ago, clock, full } from '../format/times'

export function Moment({ at, short = false }: { at: string | null | undefined; short?: boolean }) {
  const { zone } = usePreferences()
  if (at == null) return <span className="quiet">–</span>
  const title = `${full(at, 'utc')} UTC · ${full(at, 'local')} local · ${ago(at)}`
  return <time dateTime={at} title={title} className="num">{short ? clock(at, zone) : full(at, zone)}</time>
}
