/** The journal as a file: one event a line, as JSON, newest first, all that the filter lets pass. */
import type { Schemas } from '../../api/client'
import type { Page } from '../../components/table/pages'

type JournalEvent = Schemas['JournalEvent']

/** A file stays of a size that a browser holds with ease; what is older wants a filter by time. */
export const MOST = 100_000

/** Collect events page by page until there are no more, `most` are there, or `isWanted` says no. */
export async function collect(
  load: (cursor: number | undefined) => Promise<Page<JournalEvent>>, tell: (count: number) => void, isWanted: () => boolean, most = MOST,
): Promise<{ lines: string[]; isWhole: boolean }> {
  const lines: string[] = []
  let cursor: number | undefined
  for (;;) {
    const { items, next_cursor: next } = await load(cursor)
    lines.push(...items.slice(0, most - lines.length).map((event) => `${JSON.stringify(event)}\n`))
    tell(lines.length)
    if (next === null) return { lines, isWhole: lines.length <= most }
    if (lines.length >= most || !isWanted()) return { lines, isWhole: false }
    cursor = Number(next)
  }
}

/** Hand a file to the browser. */
export function save(lines: readonly string[], name: string): void {
  const address = URL.createObjectURL(new Blob([...lines], { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
