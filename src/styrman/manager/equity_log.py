"""What bots are worth, kept: a point a minute for each that moved, and at each midnight (UTC, wall time) the day's mark.

The mark of a day is also a point, so that a process that dies finds the day where it stood.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from styrman.domain.bots import BotRecord
from styrman.domain.records import EquityPoint
from styrman.manager.day_marks import DayMarks, made_by, midnight
from styrman.manager.figures import Appraiser, Worth
from styrman.manager.floor import Floor
from styrman.manager.state import AsyncBotState
from styrman.ports import Store
from styrman.trading.journal import Journal


class EquityLog:
    """Takes the points and turns the day."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, state: AsyncBotState, *, floor: Floor, appraiser: Appraiser, marks: DayMarks, journal: Journal, store: Store
    ) -> None:
        self._state = state
        self._floor = floor
        self._appraiser = appraiser
        self._marks = marks
        self._journal = journal
        self._store = store
        self._last: dict[str, Decimal] = {}  # by bot id: the equity of its last point

    async def load(self, now: datetime) -> None:
        """Take up the present day where an earlier process left it."""
        records, points = [record for record, _ in self._state], await self._store.equity_at(midnight(now))
        self._marks.begin(now, made_by(records, points))

    async def take(self, now: datetime) -> None:
        """Take a point for each bot whose equity moved since its last."""
        await self._journal.write(*self._points(now, [record for record, _ in self._state]))

    async def turn_day(self, now: datetime) -> None:
        """Begin another day where one has begun: what bots are worth at its first beat is what they were worth at midnight."""
        if not self._marks.is_over(now):
            return
        day, records = midnight(now), [record for record, _ in self._state]
        await self._journal.write(*self._points(day, records))
        self._marks.begin(now, made_by(records, await self._store.equity_at(day)))

    def _points(self, at: datetime, records: Iterable[BotRecord]) -> list[EquityPoint]:
        points: list[EquityPoint] = []
        for record in records:
            trader, worth = self._floor.trader(record), self._appraiser.worth(record)
            equity = trader.book.capital + worth.pnl
            if equity == self._last.get(record.id, trader.book.capital) or not self._is_known(record, worth):
                continue
            self._last[record.id] = equity
            market_at = self._floor.desks[record.account].venue.market_time()
            points.append(
                EquityPoint(
                    bot_id=record.id,
                    at=at,
                    market_at=market_at,
                    equity=equity,
                    realized_pnl=worth.realized,
                    unrealized_pnl=worth.unrealized,
                )
            )
        return points

    def _is_known(self, record: BotRecord, worth: Worth) -> bool:
        """Whether the figures mean anything: an account that is not read yet has neither all fills nor a market time."""
        return worth.is_priced and self._floor.desks[record.account].recovered.is_set()
