"""Every query but the pages of `paging`: what a boot needs, single rows, a bot's equity. Runs on a reader's thread; never writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Column, ColumnElement, Connection, func, select

from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.orders import IntentState
from styrman.domain.records import Boot, EquityPoint, Operation, UnreadableBot
from styrman.store import tables
from styrman.store.columns import to_micros
from styrman.store.kept import Kept

R = TypeVar("R")

AT_ONCE = 10_000  # ids in one query: a database takes no more than 32,766 values (SQLite) or 65,535 (PostgreSQL)
_OPEN = [state.value for state in IntentState if not state.is_final]


def boot(connection: Connection) -> Boot:
    """Return what a new process needs. Each list is in the order of its keys, intents in that of the journal."""
    bots, unreadable = _bots(connection)
    known = select(tables.BOTS.table.c.bot_id)
    memories, holdings, funding = tables.MEMORIES.table.c, tables.HOLDINGS.table.c, tables.FUNDING.table.c
    return Boot(
        bots=bots,
        unreadable=unreadable,
        memories={memory.bot_id: memory for memory in every(connection, tables.MEMORIES, memories.bot_id.in_(known))},
        holdings=every(connection, tables.HOLDINGS, holdings.bot_id.in_(known)),
        funding=every(connection, tables.FUNDING, funding.bot_id.in_(known)),
        open_intents=every(connection, tables.INTENTS, tables.INTENTS.table.c.state.in_(_OPEN)),
        halts=every(connection, tables.HALTS, tables.HALTS.table.c.closed),
        counters=every(connection, tables.COUNTERS),
        accounts={book.account: book for book in every(connection, tables.ACCOUNTS)},
        running_operations=every(connection, tables.OPERATIONS, tables.OPERATIONS.table.c.state == "running"),
    )


def every(connection: Connection, kept: Kept[R], *where: ColumnElement[bool]) -> list[R]:
    """Return every row that meets the conditions, by primary key."""
    query = select(*kept.selected).where(*where).order_by(*kept.table.primary_key)
    return [kept.decode(values) for values in connection.execute(query)]


def one(connection: Connection, kept: Kept[R], *where: ColumnElement[bool]) -> R | None:
    """Return the row that meets the conditions; None where there is none."""
    values = connection.execute(select(*kept.selected).where(*where)).first()
    return None if values is None else kept.decode(values)


def newest_operations(connection: Connection, limit: int) -> list[Operation]:
    """Return the operations begun last, the newest first."""
    kept = tables.OPERATIONS
    query = select(*kept.selected).order_by(kept.table.c.at.desc(), kept.table.c.id.desc()).limit(limit)
    return [kept.decode(values) for values in connection.execute(query)]


def equity(connection: Connection, bot_id: str, since: datetime | None, limit: int) -> list[EquityPoint]:
    """Return a bot's equity, oldest first; where there is more than `limit`, evenly chosen, the newest among them."""
    points = tables.EQUITY.table
    where = [points.c.bot_id == bot_id]
    if since is not None:
        where.append(points.c.at >= to_micros(since))
    total = connection.execute(select(func.count()).select_from(points).where(*where)).scalar_one()
    order = (points.c.at, points.c.seq)
    query = select(*tables.EQUITY.selected)
    if total <= limit:
        query = query.where(*where).order_by(*order)
    else:
        ranked = select(points.c.seq, (func.row_number().over(order_by=order) - 1).label("rank")).where(*where).subquery()
        query = query.join(ranked, ranked.c.seq == points.c.seq).where(ranked.c.rank.in_(evenly(total, limit))).order_by(*order)
    return [tables.EQUITY.decode(values) for values in connection.execute(query)]


def evenly(total: int, limit: int) -> list[int]:
    """Return `limit` of the numbers below `total`, evenly spread, descending from the last."""
    return [total - 1 - step * total // limit for step in range(limit)]


def known_fills(connection: Connection, account: str, trade_ids: Sequence[str]) -> set[str]:
    """Return those of the trade ids that are recorded."""
    return _known(connection, tables.FILLS.table.c.trade_id, account, trade_ids)


def known_flows(connection: Connection, account: str, ids: Sequence[str]) -> set[str]:
    """Return those of the cash flows' ids that are recorded."""
    return _known(connection, tables.CASH_FLOWS.table.c.id, account, ids)


def _known(connection: Connection, column: Column[str], account: str, wanted: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(wanted), AT_ONCE):
        query = select(column).where(column.table.c.account == account, column.in_(wanted[first : first + AT_ONCE]))
        found.update(connection.execute(query).scalars())
    return found


def _bots(connection: Connection) -> tuple[list[tuple[BotRecord, BotStatus]], list[UnreadableBot]]:
    """Return the bots whose rows this version can read, and the others: one bot must not keep ten thousand from starting."""
    records, statuses = tables.BOTS, tables.STATUSES
    observed = {values.bot_id: values for values in connection.execute(select(*statuses.selected))}
    bots, unreadable = [], []
    for values in connection.execute(select(records.table.c.bot_id, *records.selected).order_by(records.table.c.bot_id)):
        bot_id = values.bot_id
        try:
            record = records.decode(values[1:])
            known = observed.get(bot_id)
            bots.append((record, statuses.decode(known) if known else BotStatus(bot_id=bot_id, since=record.created_at)))
        except ValueError as error:  # pydantic's are ValueErrors too
            unreadable.append(UnreadableBot(bot_id=bot_id, slot=values.slot, error=str(error)))
    return bots, unreadable
