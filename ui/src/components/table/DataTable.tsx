/** A table: sticky head, columns that sort where all rows are there, rows that open, cards on a phone, more at its end. */
import { UnstyledButton } from '@mantine/core'
import { ArrowDown, ArrowUp, ChevronRight } from 'lucide-react'
import { Fragment, useState, type ReactNode } from 'react'
import { nextSorting, sortRows, type Column, type Sorting } from './columns'
import { More } from './More'
import classes from './Table.module.css'
import type { Paged } from './usePaged'

// The role is written out: a row that is drawn as a card would else be no row any more to a screen reader.
const CELL = { role: 'cell' }

interface Props<Row> {
  /** What the table is of, for those who do not see it. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** What a row shows when it is opened. */
  open?: (row: Row) => ReactNode
  /** Where the rows are pages of a history. */
  paged?: Pick<Paged<Row>, 'hasMore' | 'isLoadingMore' | 'more'>
}

export function DataTable<Row>({ label, columns, rows, keyOf, open, paged }: Props<Row>) {
  const [sorting, setSorting] = useState<Sorting>()
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const isWhole = paged?.hasMore !== true
  const turn = (key: string) => setOpened((before) => (before.has(key) ? new Set([...before].filter((each) => each !== key)) : new Set(before).add(key)))
  return (
    <>
      <div className={classes.frame}>
        <table className={classes.table} aria-label={label} role="table">
          <thead>
            <tr role="row">
              {open && <th role="columnheader" className={classes.opener}><span className={classes.unseen}>Open</span></th>}
              {columns.map((column) => (
                <Head key={column.key} column={column} canSort={isWhole && rows.length > 1} sorting={sorting} onSort={() => setSorting(nextSorting(sorting, column.key, column.align === 'right'))} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sortRows(rows, columns, isWhole ? sorting : undefined).map((row) => {
              const key = keyOf(row)
              const isOpen = opened.has(key)
              return (
                <Fragment key={key}>
                  <tr role="row" data-open={isOpen || undefined}>
                    {open && <td {...CELL} className={classes.opener}><Opener isOpen={isOpen} label={key} onTurn={() => turn(key)} /></td>}
                    {columns.map((column) => (
                      <td {...CELL} key={column.key} data-label={column.head} data-align={column.align} data-phone={column.phone} data-extra={column.isExtra}>{column.cell(row)}</td>
                    ))}
                  </tr>
                  {open && isOpen && <tr role="row" className={classes.inside}><td {...CELL} colSpan={columns.length + 1}>{open(row)}</td></tr>}
                </Fragment>
              )
            })}
          </tbody>
        </table>
      </div>
      {paged && <More {...paged} count={rows.length} />}
    </>
  )
}

function Head<Row>({ column, canSort, sorting, onSort }: { column: Column<Row>; canSort: boolean; sorting: Sorting | undefined; onSort: () => void }) {
  const isSorted = sorting?.key === column.key
  const Arrow = sorting?.isDescending === true ? ArrowDown : ArrowUp
  const order = sorting?.isDescending === true ? 'descending' : 'ascending'
  return (
    <th role="columnheader" scope="col" data-align={column.align} data-extra={column.isExtra} aria-sort={isSorted && canSort ? order : undefined}>
      {canSort && column.value !== undefined
        ? <UnstyledButton className={classes.sort} onClick={onSort}>{column.head}{isSorted && <Arrow size={12} aria-hidden />}</UnstyledButton>
        : column.head}
    </th>
  )
}

function Opener({ isOpen, label, onTurn }: { isOpen: boolean; label: string; onTurn: () => void }) {
  return (
    <UnstyledButton className={classes.chevron} aria-expanded={isOpen} aria-label={`${isOpen ? 'Close' : 'Open'} ${label}`} onClick={onTurn}>
      <ChevronRight size={15} aria-hidden />
    </UnstyledButton>
  )
}
