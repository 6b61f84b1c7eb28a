import { describe, expect, it } from 'vitest'
import { nextSorting, sortRows, type Column } from './columns'

interface Row { name: string; pnl: number }
const columns: Column<Row>[] = [
  { key: 'name', head: 'Name', cell: ({ name }) => name, value: ({ name }) => name },
  { key: 'pnl', head: 'PnL', cell: ({ pnl }) => pnl, value: ({ pnl }) => pnl },
  { key: 'note', head: 'Note', cell: () => null },
]
const rows: Row[] = [{ name: 'b', pnl: 9 }, { name: 'a', pnl: 10 }, { name: 'c', pnl: -1 }]

describe('sorting', () => {
  it('compares figures as figures and leaves the given rows alone', () => {
    expect(sortRows(rows, columns, { key: 'pnl', isDescending: true }).map(({ pnl }) => pnl)).toEqual([10, 9, -1])
    expect(rows[0]?.name).toBe('b')
  })
  it('keeps the given order without a sorting, and for a column that has none', () => {
    expect(sortRows(rows, columns, undefined)).toBe(rows)
    expect(sortRows(rows, columns, { key: 'note', isDescending: false })).toBe(rows)
  })
  it('turns from one way to the other to none', () => {
    const first = nextSorting(undefined, 'pnl', true)
    const second = nextSorting(first, 'pnl', true)
    expect([first?.isDescending, second?.isDescending, nextSorting(second, 'pnl', true)]).toEqual([true, false, undefined])
    expect(nextSorting(first, 'name', false)).toEqual({ key: 'name', isDescending: false })
  })
})
