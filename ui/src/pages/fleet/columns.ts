/** The columns of the list and what a click on a heading does to the order. */
import type { FleetSearch, SortKey } from './filter'

export interface Column {
  key: SortKey
  label: string
  /** The cell's place, as the styles name it. */
  cell: 'bot' | 'state' | 'mode' | 'where' | 'day' | 'total' | 'equity' | 'held' | 'orders'
  isNumber: boolean
}

export const COLUMNS: readonly Column[] = [
  { key: 'id', label: 'Bot', cell: 'bot', isNumber: false },
  { key: 'observed', label: 'State', cell: 'state', isNumber: false },
  { key: 'mode', label: 'Mode', cell: 'mode', isNumber: false },
  { key: 'venue', label: 'Venue', cell: 'where', isNumber: false },
  { key: 'dayPnl', label: 'PnL today', cell: 'day', isNumber: true },
  { key: 'pnl', label: 'PnL total', cell: 'total', isNumber: true },
  { key: 'equity', label: 'Equity', cell: 'equity', isNumber: true },
  { key: 'positionValue', label: 'Positions', cell: 'held', isNumber: true },
  { key: 'workingOrders', label: 'Orders', cell: 'orders', isNumber: true },
]

/** Return the search with the order that a click on a heading asks for: this column, the other way, then attention first again. */
export function withOrder(search: FleetSearch, { key, isNumber }: Pick<Column, 'key' | 'isNumber'>): FleetSearch {
  const { sort, desc, ...filters } = search
  const first = isNumber // numbers begin with the largest
  if (sort !== key) return { ...filters, sort: key, ...(first ? { desc: true } : {}) }
  if ((desc === true) === first) return { ...filters, sort: key, ...(first ? {} : { desc: true }) }
  return filters
}

/** What assistive technology is told of a column's order. */
export function ariaSort({ sort, desc }: FleetSearch, { key }: Pick<Column, 'key'>): 'ascending' | 'descending' | undefined {
  if (sort !== key) return undefined
  return desc === true ? 'descending' : 'ascending'
}

/** The orders by name, for where there is no room for headings. */
export const ORDERS: readonly { value: string; label: string; search: Pick<FleetSearch, 'sort' | 'desc'> }[] = [
  { value: '', label: 'Attention first', search: {} },
  ...COLUMNS.flatMap(({ key, label, isNumber }) =>
    isNumber
      ? [{ value: `${key} desc`, label: `${label}, highest first`, search: { sort: key, desc: true } }, { value: key, label: `${label}, lowest first`, search: { sort: key } }]
      : [{ value: key, label, search: { sort: key } }, { value: `${key} desc`, label: `${label}, backwards`, search: { sort: key, desc: true } }],
  ),
]

export const orderName = ({ sort, desc }: FleetSearch): string => (sort === undefined || sort === 'attention' ? '' : `${sort}${desc === true ? ' desc' : ''}`)
