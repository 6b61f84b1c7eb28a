"""The matching engine under random order flow: money is conserved to the last digit, limits hold, locks cover what works."""

from decimal import Decimal, Inexact, localcontext

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill, OrderRequest, OrderType, TimeInForce, VenueOrderStatus
from styrman.errors import OrderRejected
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.matching import Engine
from styrman.venues.simulation.orders import Order
from styrman.venues.simulation.quotes import Quote

RULES = InstrumentRules(
    "ABC/USD",
    "ABC",
    "USD",
    quantity_step=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    min_notional=Decimal(1),
    maker_fee=Decimal("0.0007"),
    taker_fee=Decimal("0.0013"),
)
OPENING = {"ABC": Decimal(50), "USD": Decimal(5000)}

cents = st.integers(9_000, 11_000).map(lambda n: Decimal(n) / 100)
lots = st.integers(1, 60_000).map(lambda n: Decimal(n) / 1000)
sides = st.sampled_from(Side)


class Flow(RuleBasedStateMachine):
    """Places, cancels and plays in any order, and checks the books after each step."""

    @initialize(fee_in_base=st.booleans())
    def open(self, fee_in_base: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.account = Account(OPENING)
        self.engine = Engine(self.account, {"ABC/USD": RULES}, fee_in_base=fee_in_base, orders=0, fills=0)
        self.now_ms = 0
        self.orders: dict[int, Order] = {}
        self.fills: list[Fill] = []
        self.quote = self._quote(Decimal(100), Decimal(5))

    @rule(last=cents, offered=lots, jumped=st.booleans())
    def play(self, last: Decimal, offered: Decimal, jumped: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.now_ms += 1000
        self.quote = self._quote(last, offered, jumped=jumped)
        if self.engine.books:
            self.engine.step("ABC/USD", self.quote)

    @rule(side=sides, quantity=lots, post_only=st.booleans(), price=cents, force=st.sampled_from(TimeInForce))
    def limit(self, side: Side, quantity: Decimal, price: Decimal, force: TimeInForce, post_only: bool) -> None:  # noqa: FBT001 - by name
        self._place(OrderType.LIMIT, side, quantity, price=price, time_in_force=force, post_only=post_only)

    @rule(side=sides, quantity=lots, force=st.sampled_from(TimeInForce), reduce_only=st.booleans())
    def market(self, side: Side, quantity: Decimal, force: TimeInForce, reduce_only: bool) -> None:  # noqa: FBT001 - by name
        self._place(OrderType.MARKET, side, quantity, time_in_force=force, reduce_only=reduce_only)

    @rule(side=sides, quantity=lots, stop=cents)
    def stop(self, side: Side, quantity: Decimal, stop: Decimal) -> None:
        self._place(OrderType.STOP, side, quantity, stop_price=stop)

    @rule(side=sides, quantity=lots, stop=cents, aim=cents)
    def pair(self, side: Side, quantity: Decimal, stop: Decimal, aim: Decimal) -> None:
        name, shared = f"p{len(self.orders)}", {"instrument": "ABC/USD", "side": side, "quantity": quantity}
        legs = (
            OrderRequest(client_order_id=f"{name}s", type=OrderType.STOP, stop_price=stop, **shared),  # type: ignore[arg-type] # as written above
            OrderRequest(client_order_id=f"{name}t", type=OrderType.LIMIT, price=aim, **shared),  # type: ignore[arg-type] # as written above
        )
        count = len(self.engine.happened)
        try:
            self.engine.place_pair(*legs, self.quote, self.now_ms)
        except OrderRejected:
            assert len(self.engine.happened) == count

    @precondition(lambda self: any(order.is_open for order in self.orders.values()))
    @rule(pick=st.integers(0, 1000))
    def cancel(self, pick: int) -> None:
        working = [order for order in self.orders.values() if order.is_open]
        self.engine.cancel(working[pick % len(working)], self.now_ms, "test")

    @invariant()
    def books_balance(self) -> None:
        self._take()
        with localcontext() as context:
            context.traps[Inexact] = True
            base = sum((fill.side.sign * fill.quantity for fill in self.fills), Decimal(0)) - self._fees("ABC")
            quote = sum((fill.side.sign * fill.quantity * fill.price for fill in self.fills), Decimal(0)) + self._fees("USD")

            assert self.account.totals["ABC"] == OPENING["ABC"] + base
            assert self.account.totals["USD"] == OPENING["USD"] - quote

    @invariant()
    def locks_cover_what_works_and_no_more(self) -> None:
        for currency, side in (("USD", Side.BUY), ("ABC", Side.SELL)):
            claims = sum((order.claim for order in self.orders.values() if order.side is side), Decimal(0))

            assert self.account.locked.get(currency, Decimal(0)) == claims
            assert 0 <= claims <= self.account.totals[currency]

    @invariant()
    def orders_keep_their_limits(self) -> None:
        for order in self.orders.values():
            fills = [fill for fill in self.fills if fill.venue_order_id == str(order.number)]

            assert sum((fill.quantity for fill in fills), Decimal(0)) == order.filled <= order.quantity <= order.request.quantity
            assert all(order.allows(fill.price) for fill in fills)
            assert (order.status is VenueOrderStatus.FILLED) == (order.filled == order.quantity)
            assert all(fill.fee_currency == "USD" for fill in fills if fill.side is Side.SELL)
            if order.request.post_only:
                assert all(fill.maker for fill in fills)
            if order.request.time_in_force is not TimeInForce.GTC:
                assert not order.is_open
            if order.request.time_in_force is TimeInForce.FOK:
                assert order.filled in (0, order.quantity)

    @invariant()
    def of_a_pair_one_leg_acts(self) -> None:
        for list_id in {order.list_id for order in self.orders.values() if order.list_id}:
            first, second = (order for order in self.orders.values() if order.list_id == list_id)

            assert min(first.filled, second.filled) == 0
            assert (first.filled or second.filled) <= first.quantity
            if not (first.is_open and second.is_open):
                assert [first.is_open, second.is_open].count(True) <= 1
            if first.filled or second.filled:
                assert not (second if first.filled else first).is_open

    @invariant()
    def no_more_trades_than_is_offered(self) -> None:
        at_now = [fill.quantity for fill in self.fills[self.before :]]

        assert sum(at_now, Decimal(0)) <= self.quote.offered

    def _place(self, kind: OrderType, side: Side, quantity: Decimal, **more: object) -> None:
        name = f"c{len(self.orders)}"
        request = OrderRequest(client_order_id=name, instrument="ABC/USD", side=side, type=kind, quantity=quantity, **more)  # type: ignore[arg-type] # the rules' own names
        count = len(self.engine.happened)
        try:
            self.engine.place(request, self.quote, self.now_ms)
        except OrderRejected:
            assert len(self.engine.happened) == count

    def _quote(self, last: Decimal, offered: Decimal, *, jumped: bool = True) -> Quote:
        self.before = len(self.fills)
        return Quote(self.now_ms, last, last - Decimal("0.01"), last + Decimal("0.01"), offered, jumped)

    def _take(self) -> None:
        for happening in self.engine.take_happened():
            if isinstance(happening, Fill):
                self.fills.append(happening)
            else:
                self.orders[happening.number] = happening

    def _fees(self, currency: str) -> Decimal:
        return sum((fill.fee for fill in self.fills if fill.fee_currency == currency), Decimal(0))


Flow.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestFlow = Flow.TestCase
