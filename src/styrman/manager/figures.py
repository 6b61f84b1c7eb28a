"""The figures of a bot that change by themselves: what its book is worth, what it made today, how much it has at work.

One place makes them for every reader, so that a snapshot, a delta and one bot's view never disagree. Reads everything, changes nothing.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from styrman.domain.bots import BotRecord
from styrman.manager.day_marks import DayMarks
from styrman.manager.floor import Floor
from styrman.ports import MarketData

_ZERO = Decimal(0)


class Figures(NamedTuple):
    """Money in the bot's quote currency. A position without a price counts at its cost."""

    equity: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    day_pnl: Decimal  # 0 while a position has no price: nobody can know
    position_value: Decimal  # the sum of |quantity| x price
    open_positions: int
    working_orders: int
    unresolved_orders: int


class Worth(NamedTuple):
    """What a bot's book is worth at the last prices."""

    realized: Decimal
    unrealized: Decimal
    position_value: Decimal
    open_positions: int
    is_priced: bool  # whether every open position has a price

    @property
    def pnl(self) -> Decimal:
        """All that the bot made of its capital, open positions included."""
        return self.realized + self.unrealized


_UNTOUCHED = Worth(_ZERO, _ZERO, _ZERO, 0, is_priced=True)


class Appraiser:
    """Values books at the last prices."""

    def __init__(self, floor: Floor, *, market: MarketData, marks: DayMarks) -> None:
        self._floor = floor
        self._market = market
        self.marks = marks

    def prices(self, record: BotRecord) -> Callable[[str], Decimal | None]:
        """Return what tells the last price of an instrument of the bot's venue; None where there was none yet."""

        def price(instrument: str) -> Decimal | None:
            ticker = self._market.ticker(record.account, instrument)
            return None if ticker is None else ticker.last

        return price

    def worth(self, record: BotRecord) -> Worth:
        """Value a bot's book."""
        book = self._floor.trader(record).book
        if book.is_untouched:
            return _UNTOUCHED
        prices, unrealized, value, count, is_priced = self.prices(record), _ZERO, _ZERO, 0, True
        for holding in book.open_holdings():
            price = prices(holding.instrument)
            worth = holding.cost if price is None else holding.quantity * price
            is_priced = is_priced and price is not None
            unrealized, value, count = unrealized + worth - holding.cost, value + abs(worth), count + 1
        return Worth(book.realized(prices), unrealized, value, count, is_priced)

    def figures(self, record: BotRecord) -> Figures:
        """Return a bot's figures."""
        trader, worth = self._floor.trader(record), self.worth(record)
        return Figures(
            equity=trader.book.capital + worth.pnl,
            realized_pnl=worth.realized,
            unrealized_pnl=worth.unrealized,
            day_pnl=self.marks.since(record.id, worth.pnl) if worth.is_priced else _ZERO,
            position_value=worth.position_value,
            open_positions=worth.open_positions,
            working_orders=len(trader.working()) if trader.live else 0,
            unresolved_orders=self._floor.unresolved(record),
        )
