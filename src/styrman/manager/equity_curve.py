"""Many bots' equity points as one curve for each mode and currency. Pure: it reads no store.

A bot has points only where it moved, so each curve is kept as what came to it at each step; what a bot was worth stands until its
next point.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TypeAlias

from styrman.domain.bots import BotRecord
from styrman.domain.records import EquityPoint
from styrman.manager.admission import reserve_of
from styrman.ports import Mode

_ZERO = Decimal(0)
_Value: TypeAlias = tuple[Decimal, Decimal]  # equity, PnL


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityStep:
    """What the bots of one mode and currency were worth together at a time, and what they had made of their capital by then."""

    mode: Mode
    currency: str
    at: datetime
    equity: Decimal
    pnl: Decimal


class Curves:
    """The curves from one time to another, in even steps."""

    def __init__(self, since: datetime, until: datetime, count: int) -> None:
        self.step = max((until - since) / count, timedelta(milliseconds=1))
        self._since = since
        self._until = until
        self._count = count
        self._equity: dict[tuple[Mode, str], list[Decimal]] = {}
        self._pnl: dict[tuple[Mode, str], list[Decimal]] = {}

    def add(self, bot: BotRecord, mode: Mode, before: EquityPoint | None, after: Sequence[EquityPoint], now: _Value) -> None:
        """Add a bot: its last point before the first step, those since, and what it is worth now."""
        key, own = (mode, reserve_of(bot.spec)[1]), [point for point in after if point.at >= bot.created_at]
        equity, pnl = (curves.setdefault(key, [_ZERO] * self._count) for curves in (self._equity, self._pnl))
        capital = own[0].equity - _made(own[0]) if own else now[0] - now[1]  # as it was before any edit that we can see
        began = (capital, _ZERO) if before is None else (before.equity, _made(before))
        values = [(self._at(bot.created_at), began), *((self._at(point.at), (point.equity, _made(point))) for point in own)]
        was: _Value = (_ZERO, _ZERO)
        for step, value in (*values, (self._count - 1, now)):
            equity[step] += value[0] - was[0]
            pnl[step] += value[1] - was[1]
            was = value

    def steps(self) -> list[EquityStep]:
        """Return the curves, each oldest first, from where its first bot was there."""
        found: list[EquityStep] = []
        for mode, currency in sorted(self._equity):
            values = zip(accumulate(self._equity[mode, currency]), accumulate(self._pnl[mode, currency]), strict=True)
            for number, (equity, pnl) in enumerate(values, start=1):
                at = self._until if number == self._count else self._since + number * self.step
                found.append(EquityStep(mode=mode, currency=currency, at=at, equity=equity, pnl=pnl))
        return [each for index, each in enumerate(found) if each.equity or each.pnl or index + 1 == len(found)]

    def _at(self, at: datetime) -> int:
        return min(max((at - self._since) // self.step, 0), self._count - 1)


def by_bot(points: Iterable[EquityPoint]) -> Mapping[str, list[EquityPoint]]:
    """Return the points of each bot, in their order."""
    found: dict[str, list[EquityPoint]] = {}
    for point in points:
        found.setdefault(point.bot_id, []).append(point)
    return found


def _made(point: EquityPoint) -> Decimal:
    return point.realized_pnl + point.unrealized_pnl
