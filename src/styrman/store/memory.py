"""`MemoryStore`: the same store in memory, for tests. What it holds survives `close`, as a file would, and dies with the object.

Rows are kept encoded by the same declarations as in the database, hence it refuses and forgets what a database does.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeVar

from styrman.domain.bots import BotStatus
from styrman.domain.cash import CashEntry
from styrman.domain.events import Event
from styrman.domain.orders import Intent
from styrman.domain.records import Boot, BotFill, BotRemoved, EquityPoint, Operation, OperationState, Row, StoredAnswer
from styrman.errors import StoreFailed
from styrman.ports import EventFilter, Order, OrderFilter, Page, PageRequest, Retention, Store, StoreHealth
from styrman.ports.store import EVERY_EVENT, EVERY_ORDER
from styrman.store import filters, tables
from styrman.store.kept import Kept, OnConflict
from styrman.store.pruning import ANSWERS_KEPT
from styrman.store.reading import evenly
from styrman.store.statements import Values

R = TypeVar("R")
_KEPT = {kept.row: kept for kept in tables.ALL}


class MemoryStore(Store):
    """The store without a file. Set `failing` to a reason, and every commit raises StoreFailed until it is cleared."""

    def __init__(self) -> None:
        self.failing = ""
        self._rows: dict[str, dict[tuple[object, ...], tuple[int, Values]]] = {kept.table.name: {} for kept in tables.ALL}
        self._orders: dict[tuple[str, str], str] = {}  # (account, client order id) to intent id
        self._seq = count(1)
        self._commits = 0
        self._errors = 0

    async def open(self) -> None:
        """Do nothing: there is no one to share with."""

    async def close(self) -> None:
        """Do nothing: what was committed is there for the next `open`."""

    async def commit(self, *rows: Row, urgent: bool = False) -> None:
        """Write the rows, all or none."""
        del urgent  # nothing ever waits
        self._commit(rows)
        await asyncio.sleep(0)

    def commit_blocking(self, *rows: Row, timeout_s: float) -> None:
        """Write the rows, all or none."""
        del timeout_s
        self._commit(rows)

    async def boot(self) -> Boot:
        """Return all that a new process needs to go on."""
        statuses = {status.bot_id: status for status in self._all(tables.STATUSES)}
        records = self._all(tables.BOTS)
        return Boot(
            bots=[(record, statuses.get(record.id) or BotStatus(bot_id=record.id, since=record.created_at)) for record in records],
            memories={memory.bot_id: memory for memory in self._all(tables.MEMORIES) if self._has_bot(memory.bot_id)},
            holdings=[holding for holding in self._all(tables.HOLDINGS) if self._has_bot(holding.bot_id)],
            funding=[each for each in self._all(tables.FUNDING) if self._has_bot(each.bot_id)],
            open_intents=[intent for intent in self._all(tables.INTENTS) if not intent.state.is_final],
            halts=[latch for latch in self._all(tables.HALTS) if latch.closed],
            counters=self._all(tables.COUNTERS),
            accounts={book.account: book for book in self._all(tables.ACCOUNTS)},
            running_operations=[run for run in self._all(tables.OPERATIONS) if run.state is OperationState.RUNNING],
        )

    async def events(self, page: PageRequest, where: EventFilter = EVERY_EVENT) -> Page[Event]:
        """Return journal events by the order they were journaled in."""
        return self._page(tables.EVENTS, page, partial(filters.is_event, where))

    async def intents(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[Intent]:
        """Return order intents by the order they were journaled in."""
        return self._page(tables.INTENTS, page, partial(filters.is_intent, where))

    async def fills(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[BotFill]:
        """Return fills by the order they were recorded in."""
        return self._page(tables.FILLS, page, partial(filters.is_fill, where))

    async def equity(self, bot_id: str, *, since: datetime | None = None, limit: int = 1000) -> Sequence[EquityPoint]:
        """Return a bot's equity, oldest first, thinned evenly to at most `limit` points."""
        points = [point for point in self._all(tables.EQUITY) if point.bot_id == bot_id and (since is None or point.at >= since)]
        points.sort(key=lambda point: point.at)
        return points if len(points) <= limit else [points[index] for index in sorted(evenly(len(points), limit))]

    async def equity_at(self, at: datetime) -> Mapping[str, EquityPoint]:
        """Return each bot's last equity point at or before a time, by bot id, for the bots that there are."""
        points = sorted((point for point in self._all(tables.EQUITY) if point.at <= at), key=lambda point: point.at)
        return {point.bot_id: point for point in points if self._has_bot(point.bot_id)}

    async def equity_steps(self, bot_ids: Sequence[str], *, since: datetime, step: timedelta) -> Sequence[EquityPoint]:
        """Return these bots' equity after a time, of each span of `step` the point recorded last; by bot, oldest first."""
        wanted = set(bot_ids)
        points = (point for point in self._all(tables.EQUITY) if point.bot_id in wanted and point.at > since)
        last = {(point.bot_id, (point.at - since) // step): point for point in points}
        return sorted(last.values(), key=lambda point: (point.bot_id, point.at))

    async def intent(self, account: str, client_order_id: str) -> Intent | None:
        """Return the intent that made an order, whatever its state."""
        return self._one(tables.INTENTS, self._orders.get((account, client_order_id)))

    async def known_fills(self, account: str, trade_ids: Sequence[str]) -> set[str]:
        """Return those of the trade ids that are recorded already."""
        return {trade_id for trade_id in trade_ids if (account, trade_id) in self._rows["fills"]}

    async def cash_flows(self, page: PageRequest, *, account: str | None = None) -> Page[CashEntry]:
        """Return cash entries by the order they were recorded in."""
        return self._page(tables.CASH_FLOWS, page, lambda entry: account in (None, entry.account))

    async def known_flows(self, account: str, ids: Sequence[str]) -> set[str]:
        """Return those of the cash flows' ids that are recorded already."""
        return {each for each in ids if (account, each) in self._rows["cash_flows"]}

    async def operation(self, operation_id: str) -> Operation | None:
        """Return an operation."""
        return self._one(tables.OPERATIONS, operation_id)

    async def operations(self, limit: int) -> Sequence[Operation]:
        """Return the operations that began last, the newest first."""
        return sorted(self._all(tables.OPERATIONS), key=lambda run: (run.at, run.id), reverse=True)[:limit]

    async def answer(self, key: str) -> StoredAnswer | None:
        """Return the stored answer to an Idempotency-Key."""
        return self._one(tables.ANSWERS, key)

    async def prune(self, retention: Retention, *, now: datetime) -> int:
        """Delete history past its time; return how many rows went."""

        def past(at: datetime, kept_for: timedelta | None) -> bool:
            return kept_for is not None and at < now - kept_for

        went = {
            intent.intent_id for intent in self._all(tables.INTENTS) if intent.state.is_final and past(intent.updated_at, retention.intents)
        }
        before = sorted((each for each in self._all(tables.EQUITY) if past(each.at, retention.equity)), key=lambda each: each.at)
        standing = {each.bot_id: each for each in before if self._has_bot(each.bot_id)}
        return (
            self._forget(tables.FILLS, lambda fill: fill.intent_id in went)
            + self._forget(tables.INTENTS, lambda intent: intent.intent_id in went)
            + self._forget(tables.EVENTS, lambda event: past(event.at, retention.events))
            + self._forget(tables.EQUITY, lambda point: past(point.at, retention.equity) and point != standing.get(point.bot_id))
            + self._forget(tables.ANSWERS, lambda answer: past(answer.at, ANSWERS_KEPT))
            + self._forget(tables.OPERATIONS, lambda run: run.state is not OperationState.RUNNING and past(run.at, retention.events))
        )

    def health(self) -> StoreHealth:
        """Return what there is to say of it."""
        return StoreHealth(queue_depth=0, commits=self._commits, commit_p50_ms=0, commit_p99_ms=0, errors=self._errors, size_bytes=0)

    def _commit(self, rows: Sequence[Row]) -> None:
        writes = [self._write(row) for row in rows]  # encoded, hence checked, before anything is written
        self._commits += 1
        try:
            self._refuse(rows)
        except StoreFailed:
            self._errors += 1
            raise
        for write in writes:
            write()

    def _write(self, row: Row) -> Callable[[], None]:
        if isinstance(row, BotRemoved):
            return partial(self._remove, row.bot_id)
        kept = _KEPT[type(row)]
        return partial(self._put, kept, kept.encode(row))

    def _refuse(self, rows: Iterable[Row]) -> None:
        if self.failing:
            raise StoreFailed(f"The journal could not be written: {self.failing}; nothing of it was done.")
        orders: dict[tuple[str, str], str] = {}
        for intent in (row for row in rows if isinstance(row, Intent)):
            order = intent.account, intent.request.client_order_id
            if (
                self._orders.get(order, intent.intent_id) != intent.intent_id
                or orders.setdefault(order, intent.intent_id) != intent.intent_id
            ):
                raise StoreFailed(f"Another intent has the client order id {order[1]!r}; nothing of it was done.")
        self._orders |= orders

    def _put(self, kept: Kept[object], values: Values) -> None:
        rows, seq = self._rows[kept.table.name], next(self._seq)
        key = tuple(values[kept.columns.index(name)] for name in kept.key) or (seq,)
        if key not in rows:
            rows[key] = seq, values
        elif kept.on_conflict is OnConflict.REPLACE:
            rows[key] = rows[key][0], values

    def _remove(self, bot_id: str) -> None:
        for kept in tables.OF_A_BOT:
            at, rows = kept.columns.index("bot_id"), self._rows[kept.table.name]
            for key in [key for key, (_, values) in rows.items() if values[at] == bot_id]:
                del rows[key]

    def _forget(self, kept: Kept[R], doomed: Callable[[R], bool]) -> int:
        rows = self._rows[kept.table.name]
        gone = [key for key, (seq, values) in rows.items() if doomed(_decode(kept, seq, values))]
        for key in gone:
            del rows[key]
        return len(gone)

    def _numbered(self, kept: Kept[R]) -> list[tuple[int, R]]:
        """Return every row with its number: a journal in its order, others by key."""
        rows = self._rows[kept.table.name]
        ordered = sorted(rows.values()) if "seq" in kept.table.c else [rows[key] for key in sorted(rows)]
        return [(seq, _decode(kept, seq, values)) for seq, values in ordered]

    def _all(self, kept: Kept[R]) -> list[R]:
        return [row for _, row in self._numbered(kept)]

    def _one(self, kept: Kept[R], *key: str | None) -> R | None:
        found = self._rows[kept.table.name].get(key)
        return found and _decode(kept, *found)

    def _has_bot(self, bot_id: str) -> bool:
        return (bot_id,) in self._rows["bots"]

    def _page(self, kept: Kept[R], request: PageRequest, wanted: Callable[[R], bool]) -> Page[R]:
        newest_first = request.order is Order.NEWEST_FIRST
        found = [(seq, row) for seq, row in self._numbered(kept) if wanted(row)]
        if newest_first:
            found.reverse()
        cursor = request.cursor
        left = [(seq, row) for seq, row in found if cursor is None or (seq < cursor if newest_first else seq > cursor)]
        here = left[: request.limit]
        return Page([row for _, row in here], here[-1][0] if len(left) > len(here) else None)


def _decode(kept: Kept[R], seq: int, values: Values) -> R:
    named = dict(zip(kept.columns, values, strict=True)) | {"seq": seq}
    return kept.decode([named[column.name] for column in kept.selected])
