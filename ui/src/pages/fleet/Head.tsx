/** The headings of the list: a click orders by the column. The box chooses all that pass the filter, on the screen or not. */
import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo } from 'react'
import { integer } from '../../format/numbers'
import { ariaSort, COLUMNS, withOrder, type Column } from './columns'
import type { FleetSearch } from './filter'
import classes from './grid.module.css'
import { useFleetSearch } from './hooks'
import { selection } from './selection'

interface Props {
  search: FleetSearch
  shown: number
  chosen: number
  ids: () => readonly string[]
}

export const Head = memo(function Head({ search, shown, chosen, ids }: Props) {
  const label = `Select all ${integer(shown)} bots`
  const isSome = chosen > 0 && chosen < shown
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={classes.head}>
        <div role="columnheader" className={classes.pick}>
          <label title={label}>
            <input
              type="checkbox" aria-label={label} checked={chosen > 0 && chosen === shown} onChange={() => selection.toggleAll(ids())}
              ref={(box) => {
                if (box !== null) box.indeterminate = isSome
              }}
            />
          </label>
        </div>
        <div role="columnheader" className={classes.all}>{label}</div>
        {COLUMNS.map((column) => <Heading key={column.key} column={column} search={search} />)}
        <div role="columnheader" className={classes.act}>Actions</div>
      </div>
    </div>
  )
})

function Heading({ column, search }: { column: Column; search: FleetSearch }) {
  const [, refine] = useFleetSearch()
  const sorted = ariaSort(search, column)
  const Arrow = sorted === 'ascending' ? ArrowUp : ArrowDown
  return (
    <div role="columnheader" aria-sort={sorted} className={`${classes[column.cell] ?? ''} ${column.isNumber ? (classes.number ?? '') : ''}`}>
      <button type="button" title={`Order by ${column.label}`} onClick={() => refine({ sort: undefined, desc: undefined, ...withOrder(search, column) })}>
        {column.label}{sorted !== undefined && <Arrow size={12} aria-hidden />}
      </button>
    </div>
  )
}
