"""One instrument as the paper venue trades it: our working orders, the offers they meet, and what has been played and taken so far."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from styrman.domain.market import InstrumentRules, Side
from styrman.venues.papertrading.account import NOTHING
from styrman.venues.papertrading.depth import Depth
from styrman.venues.simulation.orders import Order
from styrman.venues.simulation.quotes import Quote

MINUTE_MS = 60_000
_USUAL = 30  # candles by which a market's usual volume is known


@dataclass(slots=True, kw_only=True)
class Pit:
    """`played_ms`: candles that open before it have met the orders. The tape holds what our orders have traded since then."""

    rules: InstrumentRules
    played_ms: int
    orders: dict[int, Order] = field(default_factory=dict)
    depth: Depth | None = None
    seen_s: float = float("-inf")  # monotonic; when offers were last shown
    last: Decimal | None = None  # the price of the last trade, as far as it is known
    last_seen_s: float = float("-inf")
    volumes: deque[Decimal] = field(default_factory=partial(deque, maxlen=_USUAL))  # base traded in each of the last candles
    failure: Exception | None = None  # why nobody answered when it was last asked for, and when that was, monotonic
    failed_s: float = float("-inf")
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one looks, the others use what it saw
    _tape: deque[tuple[int, Decimal]] = field(default_factory=deque)

    def siblings(self, order: Order) -> Iterator[Order]:
        """Yield the other order of a pair while it works."""
        legs = (self.orders.get(order.list_id), self.orders.get(order.list_id + 1)) if order.list_id else ()
        yield from (leg for leg in legs if leg is not None and leg.number != order.number)

    def waiting(self) -> bool:
        """Whether any order would trade with whatever is offered next."""
        return any(order.aggressive for order in self.orders.values())

    def note(self, at_ms: int, quantity: Decimal) -> None:
        """Note on the tape what one of our orders traded."""
        self._tape.append((at_ms, quantity))

    def traded(self, start_ms: int, end_ms: int) -> Decimal:
        """Return what our orders traded in a span."""
        return sum((quantity for at_ms, quantity in self._tape if start_ms <= at_ms < end_ms), NOTHING)

    def closed(self, end_ms: int, volume: Decimal) -> None:
        """Note that a candle has met the orders."""
        self.played_ms = end_ms
        self.volumes.append(volume)
        while self._tape and self._tape[0][0] < self.played_ms:
            self._tape.popleft()

    def usual_volume(self) -> Decimal:
        """Return the base traded in a usual candle of late."""
        return sum(self.volumes, NOTHING) / max(1, len(self.volumes))

    def quote(self, side: Side, at_ms: int) -> Quote | None:
        """Return the prices by which an order of this side is admitted; None where nobody shows any."""
        if self.depth is None:
            return None
        taking, giving = self.depth.best(side), self.depth.best(side.opposite)
        taking, giving = taking or self.last or giving, giving or self.last or taking
        if taking is None or giving is None:
            return None
        bid, ask = (giving, taking) if side is Side.BUY else (taking, giving)
        return Quote(at_ms, self.last or taking, bid, ask, NOTHING, jumped=False)


def touches(order: Order, last: Decimal) -> bool:
    """Whether the order is a stop that waits for this price."""
    stop = order.request.stop_price
    return order.is_waiting and stop is not None and (last - stop) * order.side.sign >= 0
