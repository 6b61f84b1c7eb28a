"""What an instrument's market offers our orders right now: the book it showed last, less what our own orders have taken of it."""

from collections.abc import Iterator
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Level, OrderBook, Side

_NOTHING = Decimal(0)


class Depth:
    """One instrument's offers. No size is taken twice: a level that shows the same size as before is the same offer.

    Our trades happen on paper, so the next book shows what we took as if it were still there.
    """

    def __init__(self, book: OrderBook, rules: InstrumentRules) -> None:
        self.book, self._rules = book, rules
        self._taken: dict[tuple[Side, Decimal], Decimal] = {}  # by our side and their price

    def show(self, book: OrderBook) -> bool:
        """Take a newer book; return False for one older than what is known, which tells nothing."""
        if book.market_time < self.book.market_time:
            return False
        self._taken = {key: taken for key, taken in self._taken.items() if _size(self.book, key) == _size(book, key)}
        self.book = book
        return True

    def best(self, side: Side) -> Decimal | None:
        """Return the price at which an order of this side begins to trade; None where nobody is there."""
        levels = self.book.facing(side)
        return levels[0][0] if levels else None

    def offers(self, side: Side, limit: Decimal | None) -> Iterator[Level]:
        """Yield what is left to an order of this side at its limit or better, the best price first."""
        for price, size in self.book.facing(side):
            if limit is not None and (limit - price) * side.sign < 0:
                return
            left = self._rules.round_quantity(size - self._taken.get((side, price), _NOTHING))
            if left > 0:
                yield price, left

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Note that one of our orders took so much of a level."""
        self._taken[side, price] = self._taken.get((side, price), _NOTHING) + quantity


def _size(book: OrderBook, key: tuple[Side, Decimal]) -> Decimal | None:
    side, price = key
    return dict(book.facing(side)).get(price)
