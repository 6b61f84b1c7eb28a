"""The day's marks: what each bot had made by 00:00 UTC, wall time, so that what it made since is what it made today.

A mark is a PnL, not an equity: capital that is given or taken by an edit is no profit. What changes hands without a trade moves the
mark by what that made of the book at once. A bot without a mark had made nothing by midnight, or was not there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Context, Decimal

from styrman.domain.bots import BotRecord
from styrman.domain.records import EquityPoint

_ATOM = Decimal("1e-8")  # quote; marks are whole numbers of these: a third of a Decimal's memory, and of any size
_ANY_SIZE = Context(prec=200)  # the default one refuses to write 1e20 to the eighth place


def midnight(at: datetime) -> datetime:
    """Return when the day of a time began."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


class DayMarks:
    """One mark a bot, of the present day. Used on the event loop alone."""

    def __init__(self, now: datetime) -> None:
        self.day = midnight(now)
        self._marks: dict[str, int] = {}

    def is_over(self, now: datetime) -> bool:
        """Whether another day has begun; one that seems to begin again, the clock having been set back, has not."""
        return midnight(now) > self.day

    def begin(self, now: datetime, made: Mapping[str, Decimal]) -> None:
        """Begin the day of `now` with what each bot had made by its midnight."""
        self.day, self._marks = midnight(now), {}
        for bot_id, pnl in made.items():
            self.shift(bot_id, pnl)

    def since(self, bot_id: str, pnl: Decimal) -> Decimal:
        """Return what a bot that has made so much made today."""
        mark = self._marks.get(bot_id)
        return pnl if mark is None else _rounded(pnl) - mark * _ATOM

    def shift(self, bot_id: str, amount: Decimal) -> None:
        """Move a bot's mark by what its book gained without having earned it."""
        moved = self._marks.pop(bot_id, 0) + int(_rounded(amount).scaleb(8, context=_ANY_SIZE))
        if moved:
            self._marks[bot_id] = moved

    def forget(self, bot_id: str) -> None:
        """Drop a deleted bot's mark: another may get its name."""
        self._marks.pop(bot_id, None)


def own_point(record: BotRecord, points: Mapping[str, EquityPoint]) -> EquityPoint | None:
    """Return a bot's point among these; None where it has none, or where the one under its name is a deleted bot's."""
    point = points.get(record.id)
    return None if point is None or point.at < record.created_at else point


def made_by(records: Iterable[BotRecord], points: Mapping[str, EquityPoint]) -> dict[str, Decimal]:
    """Return what bots had made when a day began, from each one's last point by then; one without had made nothing."""
    found = ((record.id, own_point(record, points)) for record in records)
    return {bot_id: point.realized_pnl + point.unrealized_pnl for bot_id, point in found if point is not None}


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_ATOM, context=_ANY_SIZE)
