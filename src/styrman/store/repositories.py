"""`SqlStore`: the store on SQLite or PostgreSQL. Puts the writer, the readers and the queries together; holds no SQL."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection

from styrman.clock import Clock
from styrman.config import Settings
from styrman.domain.cash import CashEntry
from styrman.domain.events import Event
from styrman.domain.orders import Intent
from styrman.domain.records import Boot, BotFill, EquityPoint, Operation, Row, StoredAnswer
from styrman.ports import EventFilter, OrderFilter, Page, PageRequest, Retention, Store, StoreHealth
from styrman.ports.store import EVERY_EVENT, EVERY_ORDER
from styrman.store import equity_reading, filters, paging, pruning, reading, schema, tables
from styrman.store.database import Database
from styrman.store.kept import Kept
from styrman.store.paging import Where
from styrman.store.sqlite import READERS
from styrman.store.writer import Writer

T = TypeVar("T")


class SqlStore(Store):
    """The journal of one home, used on one event loop. SQLite in HOME, or PostgreSQL where `database_url` names one.

    A row is encoded when `commit` is called: what happens to it later is not written.
    """

    def __init__(self, settings: Settings, clock: Clock, *, migrations: Path = schema.MIGRATIONS) -> None:
        self._database = Database(settings, clock, migrations=migrations)
        self._writer = Writer(self._database)
        self._readers = ThreadPoolExecutor(READERS, "store-reader")

    async def open(self) -> None:
        """Take the lock, check integrity, back up and migrate. HomeLocked, DatabaseUnreadable."""
        await self._writer.start()

    async def close(self) -> None:
        """Commit what is queued, close. Harmless where `open` failed."""
        await asyncio.to_thread(self._readers.shutdown)
        await self._writer.stop()

    async def commit(self, *rows: Row, urgent: bool = False) -> None:
        """Write the rows, all or none, and return once they are durable."""
        await self._writer.write(self._database.statements.steps(rows), urgent=urgent)

    def commit_blocking(self, *rows: Row, timeout_s: float) -> None:
        """Do the same, urgently, from a thread that is not the loop's."""
        self._writer.write_blocking(self._database.statements.steps(rows), timeout_s=timeout_s)

    async def boot(self) -> Boot:
        """Return all that a new process needs to go on."""
        return await self._read(reading.boot)

    async def events(self, page: PageRequest, where: EventFilter = EVERY_EVENT) -> Page[Event]:
        """Return journal events by the order they were journaled in."""
        return await self._page(tables.EVENTS, page, filters.of_events(where))

    async def intents(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[Intent]:
        """Return order intents by the order they were journaled in."""
        return await self._page(tables.INTENTS, page, filters.of_intents(where))

    async def fills(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[BotFill]:
        """Return fills by the order they were recorded in."""
        return await self._page(tables.FILLS, page, filters.of_fills(where))

    async def equity(self, bot_id: str, *, since: datetime | None = None, limit: int = 1000) -> Sequence[EquityPoint]:
        """Return a bot's equity, oldest first, thinned evenly to at most `limit` points."""
        return await self._read(partial(reading.equity, bot_id=bot_id, since=since, limit=limit))

    async def equity_at(self, at: datetime) -> Mapping[str, EquityPoint]:
        """Return each bot's last equity point at or before a time, by bot id, for the bots that there are."""
        return await self._read(partial(equity_reading.at, moment=at))

    async def equity_steps(self, bot_ids: Sequence[str], *, since: datetime, step: timedelta) -> Sequence[EquityPoint]:
        """Return these bots' equity after a time, of each span of `step` the point recorded last; by bot, oldest first."""
        return await self._read(partial(equity_reading.steps, bot_ids=bot_ids, since=since, step=step))

    async def intent(self, account: str, client_order_id: str) -> Intent | None:
        """Return the intent that made an order, whatever its state."""
        intents = tables.INTENTS.table.c
        return await self._one(tables.INTENTS, intents.account == account, intents.client_order_id == client_order_id)

    async def known_fills(self, account: str, trade_ids: Sequence[str]) -> set[str]:
        """Return those of the trade ids that are recorded already."""
        return await self._read(partial(reading.known_fills, account=account, trade_ids=trade_ids))

    async def cash_flows(self, page: PageRequest, *, account: str | None = None) -> Page[CashEntry]:
        """Return cash entries by the order they were recorded in."""
        among = {} if account is None else {"account": (account,)}
        return await self._page(tables.CASH_FLOWS, page, Where(among=among))

    async def known_flows(self, account: str, ids: Sequence[str]) -> set[str]:
        """Return those of the cash flows' ids that are recorded already."""
        return await self._read(partial(reading.known_flows, account=account, ids=ids))

    async def operation(self, operation_id: str) -> Operation | None:
        """Return an operation."""
        return await self._one(tables.OPERATIONS, tables.OPERATIONS.table.c.id == operation_id)

    async def operations(self, limit: int) -> Sequence[Operation]:
        """Return the operations that began last, the newest first."""
        return await self._read(partial(reading.newest_operations, limit=limit))

    async def answer(self, key: str) -> StoredAnswer | None:
        """Return the stored answer to an Idempotency-Key."""
        return await self._one(tables.ANSWERS, tables.ANSWERS.table.c.key == key)

    async def prune(self, retention: Retention, *, now: datetime) -> int:
        """Delete history past its time, in small commits; return how many rows went."""
        return sum([await self._walk(walk) for walk in pruning.walks(retention, now)])

    def health(self) -> StoreHealth:
        """Return how the writer does."""
        return self._writer.health(self._database.size_bytes())

    async def _walk(self, walk: pruning.Walk) -> int:
        count, after = 0, None
        while True:
            doomed, after = await self._read(partial(walk.page, after=after))
            for column, values in doomed:
                statement = self._database.statements.delete(column)
                await self._writer.write([(statement, (value,)) for value in values], urgent=False)
                count += len(values)
            if after is None:
                return count

    async def _page(self, kept: Kept[T], request: PageRequest, where: Where) -> Page[T]:
        return await self._read(lambda connection: paging.page(connection, kept, request, where))

    async def _one(self, kept: Kept[T], *where: ColumnElement[bool]) -> T | None:
        return await self._read(lambda connection: reading.one(connection, kept, *where))

    async def _read(self, query: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._database.read, query)
