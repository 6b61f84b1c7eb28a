"""One instrument's working orders in their order of priority, what they may still take of a step's volume, and what a trade costs."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.venues.simulation.orders import Order
from styrman.venues.simulation.quotes import Quote

_FEE_STEP = Decimal("0.00000001")


@dataclass(slots=True)
class Book:
    """The working orders of one instrument, and how much of the step's volume they have taken."""

    orders: dict[int, Order] = field(default_factory=dict)
    step_ms: int = -1
    taken: Decimal = Decimal(0)
    _reach: tuple[float, float] | None = None

    def keep(self, order: Order) -> Order | None:
        """Take an order's new state, or let it go where it is final; return the state before."""
        before = self.orders.pop(order.number, None)
        if order.is_open:
            self.orders[order.number] = order
        self._reach = None
        return before

    def reach(self) -> tuple[float, float]:
        """Return the highest price to fall to and the lowest to rise to at which any of its orders does something."""
        if self._reach is None:
            reaches = [order.reach for order in self.orders.values()]
            self._reach = max(falls for falls, _ in reaches), min(rises for _, rises in reaches)
        return self._reach

    def offered(self, quote: Quote) -> Decimal:
        """Return what is left of the step's volume."""
        if quote.at_ms != self.step_ms:
            self.step_ms, self.taken = quote.at_ms, Decimal(0)
        return quote.offered - self.taken


def fee_of(order: Order, quantity: Decimal, value: Decimal, rules: InstrumentRules, *, in_base: bool) -> tuple[Decimal, str]:
    """Return what a trade costs and in which currency: in quote, but for buys where `in_base`."""
    rate = rules.taker_fee if order.aggressive else rules.maker_fee
    takes_base = in_base and order.side is Side.BUY
    fee = ((quantity if takes_base else value) * rate).quantize(_FEE_STEP, ROUND_DOWN)
    return fee, rules.base if takes_base else rules.quote


def priority(order: Order) -> tuple[bool, Decimal, int]:
    """Those that take first, then those with the better price, then the older."""
    return not order.aggressive, -order.side.sign * (order.request.price or Decimal(0)), order.number
