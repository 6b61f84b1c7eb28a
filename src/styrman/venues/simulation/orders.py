"""An order as the simulated venue keeps it. A value: every change makes a new one, which can be journaled by another thread as it is."""

from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import Side, from_ms
from styrman.domain.orders import OrderReport, OrderRequest, VenueOrderStatus
from styrman.venues.simulation.quotes import Quote

_OPEN = (VenueOrderStatus.OPEN, VenueOrderStatus.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order asks for that an `OrderRequest` has no words for; a dialect of a real exchange needs them."""

    name: str = ""  # what its sender called its type
    is_target: bool = False  # a STOP that is touched when the price goes its way: a take-profit
    becomes_limit: bool = False  # a STOP with a price: once touched it is a limit order
    any_client_id: bool = False  # its sender has rules of his own for client ids
    list_name: str = ""  # what its sender called the pair it belongs to


PLAIN = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`aggressive`: it takes what the market offers. Else it rests: a limit until the market comes to it, a stop until it is touched."""

    number: int
    request: OrderRequest
    quantity: Decimal  # the request's; a reduce-only order's is cut to what there is to reduce
    unit_claim: Decimal  # what each unit still to trade keeps locked: quote for a buy, base for a sell
    aggressive: bool
    created_ms: int
    updated_ms: int
    status: VenueOrderStatus = VenueOrderStatus.OPEN
    filled: Decimal = Decimal(0)
    traded: Decimal = Decimal(0)  # quote value of what has filled
    reason: str = ""
    terms: Terms = PLAIN
    triggered: bool = False  # a stop that has been touched
    list_id: int = 0  # of the pair it belongs to; 0: none

    @property
    def is_waiting(self) -> bool:
        """Whether it is a stop that has not been touched yet."""
        return self.request.stop_price is not None and not (self.triggered or self.aggressive)

    @property
    def is_open(self) -> bool:
        """Whether it still works."""
        return self.status in _OPEN

    @property
    def remaining(self) -> Decimal:
        """What may still trade."""
        return self.quantity - self.filled if self.is_open else Decimal(0)

    @property
    def claim(self) -> Decimal:
        """How much of its currency it keeps locked."""
        return self.remaining * self.unit_claim

    @property
    def side(self) -> Side:
        """Which way it trades."""
        return self.request.side

    @property
    def reach(self) -> tuple[float, float]:
        """The price to which the market must fall, or to which it must rise, for this order to do anything."""
        if self.aggressive:
            return float("inf"), float("-inf")
        waits = self.is_waiting
        price = float((self.request.stop_price if waits else self.request.price) or 0)
        falls = (self.side is Side.SELL) is not self.terms.is_target if waits else self.side is Side.BUY
        return (price, float("inf")) if falls else (float("-inf"), price)

    def allows(self, price: Decimal) -> bool:
        """Whether it may trade at this price."""
        limit = self.request.price
        return limit is None or (limit - price) * self.side.sign >= 0

    def is_touched(self, quote: Quote) -> bool:
        """Whether it does anything at these prices."""
        stop = self.request.stop_price
        if self.aggressive:
            return True
        if stop is not None and not self.triggered:
            way = -self.side.sign if self.terms.is_target else self.side.sign
            return (quote.last - stop) * way >= 0
        return self.allows(quote.taking(self.side))

    def report(self) -> OrderReport:
        """Return it as the account's owner sees it."""
        request = self.request
        return OrderReport(
            venue_order_id=str(self.number),
            client_order_id=request.client_order_id,
            instrument=request.instrument,
            side=request.side,
            type=request.type,
            status=self.status,
            quantity=self.quantity,
            filled=self.filled,
            price=request.price,
            stop_price=request.stop_price,
            average_price=self.traded / self.filled if self.filled else None,
            reason=self.reason,
            market_time=from_ms(self.updated_ms),
        )
