"""No sequence of orders that the rules accept breaks a limit, whatever fills, is cancelled or gets lost meanwhile."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill, Intent, IntentState, OrderRequest, OrderType
from styrman.domain.spec import Risk
from styrman.errors import OrderDenied
from styrman.trading.book import Book
from styrman.trading.exposure import Exposure, exposures
from styrman.trading.risk import OrderRate, Proposal, check

START = datetime(2026, 1, 1, tzinfo=UTC)
CAPITAL = Decimal(1000)
# One limit at a time is tight, so that it is the one that orders run into: (limits, max_open, capital).
TIGHT = (
    (Risk(max_orders_per_minute=100), 3, Decimal(300)),
    (Risk(max_orders_per_minute=100, max_position_value=Decimal(300)), 3, Decimal(5000)),
    (Risk(max_orders_per_minute=100, max_order_value=Decimal(150)), 3, Decimal(5000)),
    (Risk(max_orders_per_minute=2), 3, Decimal(5000)),
    (Risk(max_orders_per_minute=100), 1, Decimal(5000)),
)
FEE = Decimal("0.001")
NAMES = ("BTC/USDT", "ETH/USDT")


def market(name: str, *, shortable: bool = False) -> InstrumentRules:
    base, quote = name.split("/")
    return InstrumentRules(name, base, quote, quantity_step=Decimal("0.01"), taker_fee=FEE, shortable=shortable)


def intent(name: str, side: Side, quantity: str | Decimal, price: Decimal | None, state: IntentState = IntentState.ACKED) -> Intent:
    return Intent(
        intent_id="i",
        bot_id="b1",
        run_id="r",
        epoch=1,
        account="sim",
        request=OrderRequest(
            client_order_id="c",
            instrument=name,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            price=price,
        ),
        payload_hash="",
        stamp=START,
        not_after=START,
        market_at=START,
        state=state,
        updated_at=START,
    )


def fill(order: Intent, quantity: Decimal, price: Decimal, number: int) -> Fill:
    request = order.request
    return Fill(
        trade_id=str(number),
        venue_order_id="v",
        client_order_id="c",
        instrument=request.instrument,
        side=request.side,
        price=price,
        quantity=quantity,
        fee=quantity * price * FEE,
        fee_currency="USDT",
        maker=False,
        market_time=START,
    )


def test_an_order_counts_with_what_remains_of_it_at_its_own_price() -> None:
    half = intent("BTC/USDT", Side.BUY, "10", Decimal(90)).move(IntentState.PARTIALLY_FILLED, at=START, filled=Decimal(4))
    here = exposures(Book("b1", CAPITAL), [half], lambda _: Decimal(100), {})["BTC/USDT"]

    assert here == Exposure(buying=Decimal(6), bought_for=Decimal(540))


def test_an_order_at_market_counts_at_the_price_now_and_without_one_at_any() -> None:
    orders = [intent("BTC/USDT", Side.SELL, "2", None)]

    assert exposures(Book("b1", CAPITAL), orders, lambda _: Decimal(7), {})["BTC/USDT"].sold_for == 14
    assert exposures(Book("b1", CAPITAL), orders, lambda _: None, {})["BTC/USDT"].sold_for == Decimal("Infinity")


def test_an_order_that_is_final_counts_nowhere() -> None:
    assert exposures(Book("b1", CAPITAL), [intent("BTC/USDT", Side.BUY, "2", None, IntentState.CANCELED)], lambda _: None, {}) == {}


def test_an_exit_that_works_opens_nothing_and_its_position_does() -> None:
    held = Exposure(position=Decimal(2), selling=Decimal(2))

    assert held.is_open
    assert not Exposure(position=Decimal(2), is_dust=True).is_open
    assert Exposure(position=Decimal(2), is_dust=True, buying=Decimal(1)).is_open


class AcceptedOrders(RuleBasedStateMachine):
    """A bot proposes at random, its orders meet every fate, and each accepted order is held against the limits by plain sums."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Intent] = []
        self.prices = dict.fromkeys(NAMES, Decimal(10))
        self.markets: dict[str, InstrumentRules] = {}
        self.now_s = 0.0
        self.added_at: list[float] = []
        self.numbers = count()

    @initialize(tight=st.sampled_from(TIGHT), shortable=st.booleans())
    def begin(self, *, tight: tuple[Risk, int, Decimal], shortable: bool) -> None:
        self.limits, self.max_open, capital = tight
        self.book = Book("b1", capital)
        self.rate = OrderRate(self.limits.max_orders_per_minute)
        self.markets = {name: market(name, shortable=shortable) for name in NAMES}
        bought = intent("BTC/USDT", Side.BUY, "10", Decimal(10))
        self.book.apply(fill(bought, Decimal(10), Decimal(10), next(self.numbers)), self.markets["BTC/USDT"])

    @rule(
        name=st.sampled_from(NAMES),
        side=st.sampled_from(Side),
        quantity=st.integers(5, 25),
        at_market=st.booleans(),
    )
    def propose(self, *, name: str, side: Side, quantity: int, at_market: bool) -> None:
        price = self.prices[name] if at_market else self.prices[name] * (1 - side.sign * Decimal("0.01"))
        before = self._exposures()
        proposal = Proposal(
            bot_id="b1",
            side=side,
            quantity=Decimal(quantity),
            price=price,
            rules=self.markets[name],
            limits=self.limits,
            max_open=self.max_open,
            equity=self.book.equity(self.prices.get),
            exposures=before,
            rate_spent=self.rate.is_spent(self.now_s),
        )
        try:
            passed = check(proposal)
        except OrderDenied:
            return
        assert passed <= quantity
        self.rate.count(self.now_s)
        self.orders.append(intent(name, side, passed, None if at_market else price))
        earlier = before.get(name, Exposure())
        if self._most(name, side) > earlier.value:
            assert not earlier.unresolved
            assert passed * price <= (self.limits.max_order_value or 1_000_000)
            self._check_limits(name, side)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), part=st.sampled_from([Decimal("0.25"), Decimal(1)]))
    def fill_some(self, data: st.DataObject, part: Decimal) -> None:
        order = self.orders.pop(data.draw(st.integers(0, len(self.orders) - 1)))
        quantity = (order.remaining * part).quantize(Decimal("0.01")) or order.remaining
        price = order.request.price or self.prices[order.request.instrument]
        self.book.apply(fill(order, quantity, price, next(self.numbers)), self.markets[order.request.instrument])
        if quantity < order.remaining:
            self.orders.append(order.move(IntentState.PARTIALLY_FILLED, at=START, filled=order.filled + quantity))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.orders.pop(data.draw(st.integers(0, len(self.orders) - 1)))

    @precondition(lambda self: self.orders)
    @rule()
    def lose_the_last_answer(self) -> None:
        last = self.orders.pop()
        self.orders.append(intent(last.request.instrument, last.request.side, last.remaining, last.request.price, IntentState.UNKNOWN))

    @rule(name=st.sampled_from(NAMES), price=st.integers(8, 12))
    def move_the_price(self, name: str, price: int) -> None:
        self.prices[name] = Decimal(price)

    @rule(span_s=st.integers(1, 60))
    def wait(self, span_s: int) -> None:
        self.now_s += span_s

    @invariant()
    def what_is_held_is_never_sold_twice(self) -> None:
        for name, rules in self.markets.items():
            selling = sum((each.remaining for each in self.orders if each.request == self._sale(each, name)), Decimal(0))
            assert rules.shortable or selling <= self.book.holding(name).quantity

    def _sale(self, order: Intent, name: str) -> OrderRequest | None:
        return order.request if order.request.instrument == name and order.request.side is Side.SELL else None

    def _exposures(self) -> dict[str, Exposure]:
        return exposures(self.book, self.orders, self.prices.get, self.markets)

    def _most(self, name: str, side: Side) -> Decimal:
        """Add up, without the code under test, what a position comes to if its orders of one side fill."""
        orders = (each for each in self.orders if each.request.instrument == name and each.request.side is side)
        pending = sum((each.remaining * (each.request.price or self.prices[name]) for each in orders), Decimal(0))
        return self.book.holding(name).quantity * self.prices[name] * side.sign + pending

    def _check_limits(self, name: str, side: Side) -> None:
        assert self._most(name, side) <= (self.limits.max_position_value or 1_000_000)
        now = self._exposures()
        assert sum(each.value for each in now.values()) <= self.book.equity(self.prices.get)
        assert sum(each.is_open for each in now.values()) <= self.max_open
        self.added_at.append(self.now_s)
        assert sum(self.now_s - at < 60 for at in self.added_at) <= self.limits.max_orders_per_minute


AcceptedOrders.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAcceptedOrdersBreakNoLimit = AcceptedOrders.TestCase
