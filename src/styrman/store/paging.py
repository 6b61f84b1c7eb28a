"""Pages of a journal by keyset: rows beyond a `seq` that meet conditions. New rows shift nothing, since a row's `seq` never changes.

The way to the rows is chosen here, not by the database's planner: it knows nothing of how many rows a value has, and would sort
a hundred thousand of them to find the newest hundred.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from styrman.domain.orders import IntentState
from styrman.ports import Order, Page, PageRequest
from styrman.store.columns import to_micros
from styrman.store.kept import Kept

R = TypeVar("R")

MOST_WAYS = 100  # values of one column whose rows are looked for one after the other; beyond, the journal itself is walked
CLOCK_STEP = timedelta(hours=1)  # by so much a wall clock may have been set back without a row being missed
_BEST_FIRST = ("bot_id", "name", "instrument", "kind", "account", "state")
_OPEN = frozenset(state.value for state in IntentState if not state.is_final)  # few rows, however long the journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Conditions that hold together. `among`: a column and the values it may have, any where there are none. `text`: in one of `texts`."""

    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None  # both inclusive, of the column `at`
    text: str = ""
    texts: Sequence[str] = ()


def page(connection: Connection, kept: Kept[R], request: PageRequest, where: Where) -> Page[R]:
    """Return a page of a journal."""
    seqs = _seqs(connection, kept.table, request, where)
    here = seqs[: request.limit]
    seq = kept.table.c.seq
    rows = connection.execute(select(seq, *kept.selected).where(seq.in_(here))) if here else ()
    found = {values[0]: kept.decode(values[1:]) for values in rows}
    return Page([found[each] for each in here], here[-1] if len(seqs) > len(here) else None)


def _seqs(connection: Connection, table: Table, request: PageRequest, where: Where) -> list[int]:
    """Return the numbers of the page's rows, and of one more where there is one."""
    newest_first = request.order is Order.NEWEST_FIRST
    seq = table.c.seq
    way = _way(table, where)
    conditions = [*_conditions(table, where, without=way), *_bounds(connection, table, request, where)]
    query = select(seq).where(*conditions).order_by(seq.desc() if newest_first else seq.asc()).limit(request.limit + 1)
    if way is None:
        return list(connection.execute(query).scalars())
    column, found = table.c[way], set[int]()
    for value in dict.fromkeys(where.among[way]):
        found.update(connection.execute(query.where(column == value)).scalars())
    return sorted(found, reverse=newest_first)[: request.limit + 1]


def _way(table: Table, where: Where) -> str | None:
    """Return the column whose index leads to the rows; None where the journal itself is walked."""
    indexed = {index.columns[0].name for index in table.indexes if index.columns.keys()[1:] == ["seq"]}
    usable = [name for name, values in where.among.items() if name in indexed and 0 < len(values) <= MOST_WAYS]
    if "state" in usable and _OPEN.issuperset(where.among["state"]):
        return "state"
    return min(usable, key=_BEST_FIRST.index, default=None)


def _conditions(table: Table, where: Where, *, without: str | None) -> Iterator[ColumnElement[bool]]:
    for name, values in where.among.items():
        if values and name != without:
            # coalesce: or the planner might take this column's index, and sort what it finds.
            yield func.coalesce(table.c[name], "").in_(list(values))
    if where.since is not None:
        yield table.c.at >= to_micros(where.since)
    if where.until is not None:
        yield table.c.at <= to_micros(where.until)
    if where.text:
        yield or_(*(table.c[name].icontains(where.text, autoescape=True) for name in where.texts))


def _bounds(connection: Connection, table: Table, request: PageRequest, where: Where) -> Iterator[ColumnElement[bool]]:
    """Yield where in the journal the page lies: beyond the cursor, and not far from its span of time."""
    seq = table.c.seq
    if request.cursor is not None:
        yield seq < request.cursor if request.order is Order.NEWEST_FIRST else seq > request.cursor
    if where.since is not None:
        yield seq >= _first_at(connection, table, to_micros(where.since) - CLOCK_STEP // timedelta(microseconds=1))
    if where.until is not None:
        yield seq < _first_at(connection, table, to_micros(where.until) + CLOCK_STEP // timedelta(microseconds=1))


def _first_at(connection: Connection, table: Table, micros: int) -> int:
    """Return the number of the first row of this time or later, by bisection: a journal is in the order of time, so no index is needed."""
    seq = table.c.seq
    low = connection.execute(select(seq).order_by(seq).limit(1)).scalar() or 0  # min and max in one query are a scan
    high = (connection.execute(select(seq).order_by(seq.desc()).limit(1)).scalar() or -1) + 1
    while low < high:
        middle = (low + high) // 2
        number, at = connection.execute(select(seq, table.c.at).where(seq >= middle).order_by(seq).limit(1)).one()
        low, high = (low, middle) if at >= micros else (number + 1, high)
    return int(low)
