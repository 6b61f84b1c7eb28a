/** What a table shows and how it is sorted: plain values, no drawing. */
import type { ReactNode } from 'react'

export interface Column<Row> {
  key: string
  head: string
  cell: (row: Row) => ReactNode
  /** What the column is sorted by; without it, it is not sortable. */
  value?: (row: Row) => number | string
  align?: 'right'
  /** On a phone a row is a card: `title` stands on its first line, and like `bare` without its label; `hide` is left out. */
  phone?: 'title' | 'bare' | 'hide'
  /** Left out where the window is not wide. */
  isExtra?: boolean
}

export interface Sorting {
  key: string
  isDescending: boolean
}

/** Return the rows in the order asked for; the given order where nothing is, and where two are equal. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sorting: Sorting | undefined): readonly Row[] {
  const value = columns.find(({ key }) => key === sorting?.key)?.value
  if (sorting === undefined || value === undefined) return rows
  const sign = sorting.isDescending ? -1 : 1
  return [...rows].sort((a, b) => sign * compare(value(a), value(b)))
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}

/** The next order when a head is pressed: figures largest first, words from A; then the other way; then as it came. */
export function nextSorting(current: Sorting | undefined, key: string, isFigure: boolean): Sorting | undefined {
  if (current?.key !== key) return { key, isDescending: isFigure }
  return current.isDescending === isFigure ? { key, isDescending: !isFigure } : undefined
}
