"""What bots are worth, kept: a point a minute for each that moved, and at each midnight (UTC, wall time) the day's mark.

The mark of a day is also a point, so that a process that dies finds the day where it stood.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from styrman.domain.bots import BotRecord
from styrman.domain.events import Event, EventKind
from styrman.domain.records import EquityPoint
from styrman.manager.day_marks import made_by, midnight
from styrman.manager.figures import Appraiser, Worth
from styrman.manager.floor import Floor
from styrman.manager.state import AsyncBotState
from styrman.ports import EventFilter, Order, PageRequest, Store
from styrman.trading.journal import Journal

GAIN = "gain"  # the field of a transfer's event: what its price made of the book at once, in quote
TRANSFERS = ("adopt", "hand-back")
AT_ONCE = 1000  # events
BREATH = 500  # bots


class EquityLog:
    """Takes the points and turns the day."""

    def __init__(self, state: AsyncBotState, *, floor: Floor, appraiser: Appraiser, journal: Journal, store: Store) -> None:
        self._state = state
        self._floor = floor
        self._appraiser = appraiser
        self._marks = appraiser.marks
        self._journal = journal
        self._store = store
        self._last: dict[str, Decimal] = {}  # by bot id: the equity of its last point

    async def load(self, now: datetime) -> None:
        """Take up the present day where an earlier process left it."""
        await self._begin(now)
        page = PageRequest(limit=AT_ONCE, order=Order.OLDEST_FIRST)
        while True:
            found = await self._store.events(page, EventFilter(kinds=[EventKind.COMMAND], names=TRANSFERS, since=self._marks.day))
            self.hear(found.items)
            if found.next_cursor is None:
                return
            page = replace(page, cursor=found.next_cursor)

    def hear(self, events: Iterable[Event]) -> None:
        """Learn what is journaled: a position that changed hands at another price than the market's earned its bot nothing."""
        for event in events:
            if event.kind is not EventKind.COMMAND or event.name not in TRANSFERS or midnight(event.at) != self._marks.day:
                continue
            bot = self._state.peek(event.bot_id or "")
            if bot is not None and event.at >= bot[0].created_at:
                self._marks.shift(bot[0].id, Decimal(str(event.fields.get(GAIN, "0"))))

    def forget(self, bot_id: str) -> None:
        """Drop what is known of a deleted bot: another may get its name."""
        self._marks.forget(bot_id)
        self._last.pop(bot_id, None)

    async def take(self, now: datetime) -> None:
        """Take a point for each bot whose equity moved since its last."""
        points: list[EquityPoint] = []
        for number, bot_id in enumerate(await self._state.ids(), start=1):
            bot = self._state.peek(bot_id)  # deleted meanwhile: to ask for its trader would make one
            point = None if bot is None else self._point(bot[0], now)
            points += () if point is None else (point,)
            if number % BREATH == 0:
                await asyncio.sleep(0)
        await self._journal.write(*points)
        self._last |= {point.bot_id: point.equity for point in points if self._state.peek(point.bot_id) is not None}

    async def turn_day(self, now: datetime) -> None:
        """Begin another day where one has begun: what bots are worth at its first beat is what they were worth at midnight."""
        if self._marks.is_over(now):
            await self.take(midnight(now))
            await self._begin(now)

    async def _begin(self, now: datetime) -> None:
        points = await self._store.equity_at(midnight(now))
        self._marks.begin(now, made_by((record for record, _ in self._state), points))

    def _point(self, record: BotRecord, at: datetime) -> EquityPoint | None:
        """Return what a bot is worth; None where that is what its last point says, or where nobody knows."""
        trader, worth = self._floor.trader(record), self._appraiser.worth(record)
        equity = trader.book.capital + worth.pnl
        # What the last point of an earlier process says nobody knows; a book that never traded has none.
        unknown = trader.book.capital if trader.book.is_untouched else None
        if equity == self._last.get(record.id, unknown) or not self._is_known(record, worth):
            return None
        return EquityPoint(
            bot_id=record.id,
            at=at,
            market_at=self._floor.desks[record.account].venue.market_time(),
            equity=equity,
            realized_pnl=worth.realized,
            unrealized_pnl=worth.unrealized,
        )

    def _is_known(self, record: BotRecord, worth: Worth) -> bool:
        """Whether the figures mean anything: an account that is not read yet has neither all fills nor a market time."""
        return worth.is_priced and self._floor.desks[record.account].recovered.is_set()
