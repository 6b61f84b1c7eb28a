"""A lossy venue at which orders rest as they would at an exchange: stops trigger, targets fill, pairs take each other off.

It locks coins as a spot account does, and notes every moment at which all that could close a position comes to more than it.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.market import Side
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, VenueOrderStatus
from styrman.errors import InsufficientFunds, VenueUnavailable
from styrman.ports import Gate
from unit.trading.lossy_venue import BTC, Fault, LossyVenue


class RestingVenue(LossyVenue):
    """One account, spot with order lists unless the test says otherwise."""

    def __init__(self, clock: Clock, name: str = "sim") -> None:
        super().__init__(clock, name)
        self.can(order_lists=True)
        self.excesses: list[str] = []
        self.pairs: dict[str, str] = {}  # by venue order id: the other leg
        self.acts = True  # orders that a price touches fill
        self.cancelled: list[OrderReport] = []

    def can(self, **changes: object) -> None:
        """Change what the venue can do."""
        self.capabilities = replace(self.capabilities, **changes)  # type: ignore[arg-type] # the test's own words

    def be_a_margin_venue(self) -> None:
        """Let positions be short, and orders reduce only."""
        self.can(order_lists=False, margin=True, reduce_only=True)
        self.rules = {name: replace(rules, shortable=True) for name, rules in self.rules.items()}

    def quote(self, instrument: str, price: str) -> None:
        """Let the price move, and what it touches fill."""
        self.prices[instrument] = Decimal(price)
        for order in list(self.working) if self.acts else []:
            if order.instrument == instrument and self._is_touched(order):
                self.trade(order)
        super().quote(instrument, price)

    def _is_touched(self, order: OrderReport) -> bool:
        price = self.prices[order.instrument]
        if order.stop_price is not None:
            return (price - order.stop_price) * order.side.sign >= 0
        return order.price is not None and (order.price - price) * order.side.sign >= 0

    def trade(self, order: OrderReport, quantity: str | None = None) -> Fill:
        """Fill an order, and take the other leg of its pair off."""
        fill = super().trade(order, quantity)
        self._take_off_other(order.venue_order_id)
        return fill

    def rest(self, instrument: str = BTC) -> dict[str, OrderReport]:
        """Return the stop and the target that work."""
        return {
            "stop" if order.type is OrderType.STOP else "target": order
            for order in self.working
            if order.instrument == instrument and (order.type is OrderType.STOP or order.side is self.exit_side(instrument))
        }

    def exit_side(self, instrument: str) -> Side:
        """Return the side that closes the account's position."""
        return Side.SELL if self.position(instrument) > 0 else Side.BUY

    def cancel_all(self) -> None:
        """Take every order off, as a person or a dead man's switch does."""
        for order in self.working:
            self._write(replace(order, status=VenueOrderStatus.CANCELED))

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        order = await super().cancel_order(instrument, venue_order_id)
        if order.status is VenueOrderStatus.CANCELED:
            self._take_off_other(venue_order_id)
        return order

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        fault = self.faults[0] if self.faults else Fault.NONE
        if fault is Fault.ANSWER_LOST:
            self.faults[0] = Fault.NONE
        first = await self.create_order(stop, stamp=stamp, not_after=not_after, gate=gate)
        second = self._place(target)
        self.pairs |= {first.venue_order_id: second.venue_order_id, second.venue_order_id: first.venue_order_id}
        self._check()
        if fault is Fault.ANSWER_LOST:
            raise VenueUnavailable("the answer got lost")
        return first, second

    def _place(self, request: OrderRequest) -> OrderReport:
        if request.type is OrderType.MARKET and not self.capabilities.margin and request.side is Side.SELL:
            self._check_free(request)
        order = super()._place(request)
        if request.type is not OrderType.LIMIT:
            self._check()
        return order

    def _check_free(self, request: OrderRequest) -> None:
        free = self.position(request.instrument) - self._closing(request.instrument)
        if request.quantity > free:
            self.excesses.append(f"{request} where {free} is free")
            raise InsufficientFunds("insufficient_funds", f"{free} is free")

    def _check(self) -> None:
        """Note where what could close a position comes to more than it."""
        for instrument in self.rules:
            if (closing := self._closing(instrument)) > abs(self.position(instrument)):
                self.excesses.append(f"{closing} {instrument} of {self.position(instrument)}: {self.working}")

    def _closing(self, instrument: str) -> Decimal:
        """Return what the orders of the closing side could trade; the two that protect one position count once."""
        orders = [order for order in self.working if order.instrument == instrument and order.side is self.exit_side(instrument)]
        stops = [order.quantity - order.filled for order in orders if order.type is OrderType.STOP]
        others = sum((order.quantity - order.filled for order in orders if order.type is not OrderType.STOP), Decimal(0))
        paired = sum((order.quantity - order.filled for order in orders if order.venue_order_id in self.pairs), Decimal(0)) / 2
        if paired or not self.capabilities.margin:
            return sum(stops, others) - paired
        return max(sum(stops, Decimal(0)), others)

    def _take_off_other(self, venue_order_id: str) -> None:
        other = self.pairs.pop(venue_order_id, None)
        if other is None:
            return
        self.pairs.pop(other, None)
        order = self.read(other)
        if order in self.working:
            self._write(replace(order, status=VenueOrderStatus.CANCELED))
