"""The store: what must survive. One way to write, everything a `Row`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from styrman.domain.cash import CashEntry
from styrman.domain.events import Event
from styrman.domain.orders import Intent
from styrman.domain.records import Boot, BotFill, EquityPoint, Operation, Row, StoredAnswer

T = TypeVar("T")


class Order(StrEnum):
    """Which way a page of history runs."""

    NEWEST_FIRST = "desc"
    OLDEST_FIRST = "asc"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A page of history by keyset: rows after `cursor` (the `seq` of the last row seen) in the order asked for."""

    limit: int = 100
    cursor: int | None = None
    order: Order = Order.NEWEST_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders or fills: all conditions together; of several values any; none: all.

    `text` is looked for in an order's ids, key, instrument and reason; letters A to Z count as a to z.
    """

    bots: Sequence[str] = ()
    accounts: Sequence[str] = ()
    instruments: Sequence[str] = ()
    states: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events: all conditions together; of several values any; none: all. `since` and `until` are inclusive.

    `text` is looked for in name and reason; letters A to Z count as a to z.
    """

    bots: Sequence[str] = ()
    kinds: Sequence[str] = ()
    names: Sequence[str] = ()
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


EVERY_ORDER, EVERY_EVENT = OrderFilter(), EventFilter()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows with the cursor of the next page; None on the last one."""

    items: Sequence[T]
    next_cursor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """How the writer does."""

    queue_depth: int
    commits: int
    commit_p50_ms: float
    commit_p99_ms: float
    errors: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long history is kept. None: for ever. Open intents and positions are never pruned."""

    events: timedelta | None = timedelta(days=90)
    equity: timedelta | None = timedelta(days=365)
    intents: timedelta | None = None  # with their fills


class Store(Protocol):
    """The journal. `commit` is the only way to write; everything the store holds is a `Row`. `contract/test_store.py` is its suite."""

    async def open(self) -> None:
        """Take the lock, check integrity, back up and migrate. HomeLocked, DatabaseUnreadable."""
        ...

    async def close(self) -> None:
        """Commit what is queued, close."""
        ...

    async def commit(self, *rows: Row, urgent: bool = False) -> None:
        """Write the rows, all or none, and return once they are durable.

        Rows with the same key replace each other, events and equity points are appended, a fill or a cash entry that is
        already there is ignored. Commits of one caller are applied in the order of their calls within the same urgency; `urgent` (intents,
        latches) overtakes what waits. Rows are applied in the order given. StoreFailed: nothing of it was written.
        A cancelled caller's commit may still happen. Invalid, at once: a row holds what JSON can't; nothing was written.
        """
        ...

    def commit_blocking(self, *rows: Row, timeout_s: float) -> None:
        """Do the same, urgently, from a thread that is not the loop's: the watchdog's, when the loop is stuck.

        StoreFailed also where the time ran out; then it may still happen.
        """
        ...

    async def boot(self) -> Boot:
        """Return all that a new process needs to go on."""
        ...

    async def events(self, page: PageRequest, where: EventFilter = EVERY_EVENT) -> Page[Event]:
        """Return journal events by the order they were journaled in."""
        ...

    async def intents(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[Intent]:
        """Return order intents by the order they were journaled in. A page follows the one before whatever is journaled meanwhile."""
        ...

    async def fills(self, page: PageRequest, where: OrderFilter = EVERY_ORDER) -> Page[BotFill]:
        """Return fills by the order they were recorded in; `states` and `text` of the filter are an order's, and nothing here."""
        ...

    async def equity(self, bot_id: str, *, since: datetime | None = None, limit: int = 1000) -> Sequence[EquityPoint]:
        """Return a bot's equity, oldest first, thinned evenly to at most `limit` points."""
        ...

    async def equity_at(self, at: datetime) -> Mapping[str, EquityPoint]:
        """Return each bot's last equity point at or before a time, by bot id, for the bots that there are."""
        ...

    async def equity_steps(self, bot_ids: Sequence[str], *, since: datetime, step: timedelta) -> Sequence[EquityPoint]:
        """Return these bots' equity after a time, of each span of `step` the point recorded last; by bot, oldest first."""
        ...

    async def intent(self, account: str, client_order_id: str) -> Intent | None:
        """Return the intent that made an order, whatever its state."""
        ...

    async def known_fills(self, account: str, trade_ids: Sequence[str]) -> set[str]:
        """Return those of the trade ids that are recorded already."""
        ...

    async def cash_flows(self, page: PageRequest, *, account: str | None = None) -> Page[CashEntry]:
        """Return cash entries by the order they were recorded in. They are never pruned: a venue may tell of one again for ever."""
        ...

    async def known_flows(self, account: str, ids: Sequence[str]) -> set[str]:
        """Return those of the cash flows' ids that are recorded already."""
        ...

    async def operation(self, operation_id: str) -> Operation | None:
        """Return an operation."""
        ...

    async def operations(self, limit: int) -> Sequence[Operation]:
        """Return the operations that began last, the newest first."""
        ...

    async def answer(self, key: str) -> StoredAnswer | None:
        """Return the stored answer to an Idempotency-Key."""
        ...

    async def prune(self, retention: Retention, *, now: datetime) -> int:
        """Delete history past its time, in small commits; return how many rows went.

        Of each bot that there is, the last equity point of the time that is past stays: it says what the bot has been worth since.
        """
        ...

    def health(self) -> StoreHealth:
        """Return how the writer does."""
        ...
