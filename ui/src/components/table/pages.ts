/** Pages of history, newest first, and what becomes of them when something new happens. Pure of React and of the network. */

export interface Page<Row> {
  items: readonly Row[]
  next_cursor: string | null
}

/** Return what was loaded with a new first page in its place.
 *
 * The new page tells all from its first row to its last: what was loaded there and is not on it is gone. What was loaded below it stays.
 * Where the two do not touch, so much is new that only the new page is certain: it takes the place of everything.
 */
export function withHead<Row>(loaded: Page<Row>, head: Page<Row>, keyOf: (row: Row) => string): Page<Row> {
  if (head.next_cursor === null) return head
  const positions = new Map(loaded.items.map((row, at) => [keyOf(row), at]))
  const last = Math.max(-1, ...head.items.map((row) => positions.get(keyOf(row)) ?? -1))
  if (last < 0) return head
  const told = new Set(head.items.map(keyOf))
  const below = loaded.items.slice(last + 1).filter((row) => !told.has(keyOf(row)))
  return below.length === 0 ? head : { items: [...head.items, ...below], next_cursor: loaded.next_cursor }
}

/** Return `run` held back: at once when it has been quiet, and else once at the end of each `everyMs`. `stop` forgets what waits. */
export function gently(run: () => void, everyMs: number, clock: () => number = Date.now): { ask: () => void; stop: () => void } {
  let ranAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const now = () => {
    timer = undefined
    ranAt = clock()
    run()
  }
  return {
    ask: () => {
      timer ??= setTimeout(now, Math.max(0, ranAt + everyMs - clock()))
    },
    stop: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
