"""A venue in memory that a test drives by hand: it loses requests, answers, look-ups and messages on demand, and never its own orders."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from styrman.clock import Clock
from styrman.domain.cash import CashFlow
from styrman.domain.market import Candles, InstrumentRules, Side, Ticker, to_ms
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, VenueOrderStatus
from styrman.domain.spec import Selector
from styrman.errors import AuthenticationFailed, ClockSkewed, InvalidOrder, OrderRejected, StyrmanError, VenueRefused, VenueUnavailable
from styrman.ports import Capabilities, ClientIdClass, Gate, Mode, Priority

BTC, ETH = "BTC/USDT", "ETH/USDT"
FEE = Decimal("0.001")
FUNDS = Decimal(1_000_000)
MINUTE_MS = 60_000


def market(name: str) -> InstrumentRules:
    """Return the rules of a spot instrument."""
    base, quote = name.split("/")
    return InstrumentRules(name, base, quote, quantity_step=Decimal("0.001"), min_notional=Decimal(5), maker_fee=FEE, taker_fee=FEE)


class Fault(Enum):
    """What becomes of one request."""

    NONE = auto()
    ANSWER_LOST = auto()  # the order is there, and nobody hears of it
    REQUEST_LOST = auto()  # it never arrived
    REJECTED = auto()
    KEY_REFUSED = auto()
    REFUSED = auto()
    NONSENSE = auto()  # the order is there, and the answer speaks of another
    HANGS = auto()  # neither placed nor answered, ever
    SKEWED = auto()
    DIES = auto()  # the adapter raises what no adapter should, the order being there


class LossyVenue:
    """One account. Market orders fill at once, others rest until `trade`."""

    mode = Mode.SIMULATED

    def __init__(self, clock: Clock, name: str = "sim", instruments: Sequence[str] = (BTC, ETH)) -> None:
        self.name = name
        self.capabilities = Capabilities(visibility_lag=timedelta(seconds=1))
        self.rules: dict[str, InstrumentRules] = {each: market(each) for each in instruments}
        self.prices = dict.fromkeys(instruments, Decimal(100))
        self.orders: list[OrderReport] = []
        self.fills: list[Fill] = []
        self.requests: Counter[str] = Counter()  # by client order id, whatever became of them
        self.placed: Counter[str] = Counter()
        self.cancels: Counter[str] = Counter()
        self.faults: deque[Fault] = deque()
        self.away: StyrmanError | None = None  # what every other question gets
        self.deaf_cancels = 0  # cancels that are answered with the order as it works
        self.priorities: list[Priority] = []  # of the turns that were asked for
        self.is_mute = False  # its stream tells nothing
        self.is_repetitive = False  # its stream tells each fill twice
        self.may_arrive, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_arrive.set()
        self.may_answer.set()
        self.may_turn = asyncio.Event()  # its budget has room
        self.may_turn.set()
        self.turns = 0
        self.offset: timedelta | None = timedelta(0)
        self.is_nameless = False  # it leaves our ids out of what it tells of fills
        self._lists: dict[str, str] = {}  # by venue order id: the other leg of its order list
        self.asked = asyncio.Event()  # a request has left us
        self._clock = clock
        self._listeners: set[asyncio.Queue[OrderReport | Fill | Exception | None]] = set()
        self._tickers: set[asyncio.Queue[Ticker]] = set()
        self._candles: dict[str, set[asyncio.Queue[Candles]]] = {}
        self._closed: dict[str, list[tuple[int, float]]] = {each: self._history() for each in instruments}

    # ------------------------------------------------------------ what a test does to it

    def quote(self, instrument: str, price: str) -> None:
        """Let the price move, and say so."""
        self.prices[instrument] = Decimal(price)
        for queue in self._tickers:
            queue.put_nowait(self._ticker(instrument))

    def close_candle(self, instrument: str, price: float) -> None:
        """Close the next minute."""
        self._closed[instrument].append((self._closed[instrument][-1][0] + MINUTE_MS, price))
        for queue in self._candles.get(instrument, ()):
            queue.put_nowait(self._rows(instrument, 1))

    def trade(self, order: OrderReport, quantity: str | None = None) -> Fill:
        """Fill a working order, all of it or a part."""
        order = self.read(order.venue_order_id)
        size = order.quantity - order.filled if quantity is None else Decimal(quantity)
        price = order.price or self.prices[order.instrument]
        fill = Fill(
            trade_id=f"t{len(self.fills) + 1}",
            venue_order_id=order.venue_order_id,
            client_order_id=order.client_order_id,
            instrument=order.instrument,
            side=order.side,
            price=price,
            quantity=size,
            fee=size * price * FEE,
            fee_currency=self.rules[order.instrument].quote,
            maker=False,
            market_time=self.market_time(),
        )
        fill = replace(fill, client_order_id=None) if self.is_nameless else fill
        self.fills.append(fill)
        filled = order.filled + size
        status = VenueOrderStatus.FILLED if filled == order.quantity else VenueOrderStatus.PARTIALLY_FILLED
        for _ in range(2 if self.is_repetitive else 1):
            self._tell(fill)
        self._write(replace(order, filled=filled, status=status, average_price=price))
        self._take_off_other_leg(order.venue_order_id)
        return fill

    def expire(self, order: OrderReport) -> None:
        """Take an order off, as a venue does at its own deadline."""
        self._write(replace(self.read(order.venue_order_id), status=VenueOrderStatus.EXPIRED))

    def forget_name(self, order: OrderReport) -> OrderReport:
        """Let an order have no id of the client's."""
        order = replace(self.read(order.venue_order_id), client_order_id=None)
        self._write(order)
        return order

    def outsider(self, instrument: str, *, quantity: str = "1", price: str = "90") -> OrderReport:
        """Return an order that somebody else placed at the account."""
        name = f"web{len(self.orders)}"
        return self._place(
            OrderRequest(
                client_order_id=name,
                instrument=instrument,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal(quantity),
                price=Decimal(price),
            )
        )

    def break_streams(self, error: Exception | None = None) -> None:
        """Cut whoever follows the account."""
        for queue in self._listeners:
            queue.put_nowait(error)

    def read(self, venue_order_id: str) -> OrderReport:
        """Return an order as it is."""
        return next(order for order in self.orders if order.venue_order_id == venue_order_id)

    @property
    def working(self) -> list[OrderReport]:
        """The orders that work."""
        return [order for order in self.orders if order.status in (VenueOrderStatus.OPEN, VenueOrderStatus.PARTIALLY_FILLED)]

    def position(self, instrument: str) -> Decimal:
        """Return what the account's fills come to."""
        return sum((fill.side.sign * fill.quantity for fill in self.fills if fill.instrument == instrument), Decimal(0))

    # ------------------------------------------------------------ ports.Venue

    async def open(self) -> None:
        self._fail_where_away()

    async def close(self) -> None:
        pass

    def market_time(self) -> datetime:
        return self._clock.now()

    def instruments(self) -> Mapping[str, InstrumentRules]:
        return self.rules

    async def select(self, selector: Selector) -> tuple[str, ...]:
        self._fail_where_away()
        return tuple(name for name in self.rules if name not in selector.exclude)[: selector.top]

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        del timeframe
        self._fail_where_away()
        return self._rows(instrument, limit)

    async def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        del timeframe
        queue: asyncio.Queue[Candles] = asyncio.Queue()
        self._candles.setdefault(instrument, set()).add(queue)
        while True:
            yield await queue.get()

    async def stream_tickers(self) -> AsyncIterator[Ticker]:
        queue: asyncio.Queue[Ticker] = asyncio.Queue()
        self._tickers.add(queue)
        for instrument in self.rules:
            yield self._ticker(instrument)
        while True:
            yield await queue.get()

    async def fetch_ticker(self, instrument: str) -> Ticker:
        return self._ticker(instrument)

    def clock_offset(self) -> timedelta | None:
        return self.offset

    def try_turn(self, orders: int = 1, *, priority: Priority = Priority.ORDER) -> bool:
        self.priorities.append(priority)
        self.turns += orders if self.may_turn.is_set() else 0
        return self.may_turn.is_set()

    async def turn(self, *, priority: Priority = Priority.ORDER) -> None:
        self.priorities.append(priority)
        await self.may_turn.wait()
        self.turns += 1

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        del stamp
        gate()
        self.requests.update((stop.client_order_id, target.client_order_id))
        self.asked.set()
        fault = await self._strike(stop, not_after)
        first, second = self._place(stop), self._place(target)
        self._lists |= {first.venue_order_id: second.venue_order_id, second.venue_order_id: first.venue_order_id}
        await self._answer(fault)
        return self.read(first.venue_order_id), self.read(second.venue_order_id)

    async def fetch_cash_flows(self, since: datetime) -> Sequence[CashFlow]:
        del since
        return ()

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        del stamp
        gate()
        self.requests[request.client_order_id] += 1
        self.asked.set()
        fault = await self._strike(request, not_after)
        order = self._place(request)
        await self._answer(fault)
        return replace(order, client_order_id="another") if fault is Fault.NONSENSE else order

    async def _strike(self, request: OrderRequest, not_after: datetime) -> Fault:
        """Let the next fault befall a request on its way; return it where the order gets there all the same."""
        fault = self.faults.popleft() if self.faults else Fault.NONE
        await self.may_arrive.wait()
        if fault is Fault.HANGS:
            await asyncio.Event().wait()
        if fault is Fault.SKEWED or self._clock.now() > not_after:
            raise ClockSkewed("the clocks differ")
        noes: dict[Fault, StyrmanError] = {
            Fault.REJECTED: InvalidOrder("bad", f"order {request.client_order_id} is not to our taste"),
            Fault.KEY_REFUSED: AuthenticationFailed("the key of credential 'main' was refused"),
            Fault.REFUSED: VenueRefused("no such instrument"),
            Fault.REQUEST_LOST: VenueUnavailable("the request got lost"),
        }
        if fault in noes:
            raise noes[fault]
        return fault

    async def _answer(self, fault: Fault) -> None:
        await self.may_answer.wait()
        if fault is Fault.ANSWER_LOST:
            raise VenueUnavailable("the answer got lost")
        if fault is Fault.DIES:
            raise RuntimeError("a bug in the adapter")

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        del instrument
        self.cancels[venue_order_id] += 1
        self._fail_where_away()
        order = next((each for each in self.working if each.venue_order_id == venue_order_id), None)
        if order is None:
            raise OrderRejected("unknown_order", f"no order {venue_order_id!r} works")
        if self.deaf_cancels:
            self.deaf_cancels -= 1
            return order
        self._write(replace(order, status=VenueOrderStatus.CANCELED))
        self._take_off_other_leg(venue_order_id)
        return self.read(venue_order_id)

    async def fetch_order(self, instrument: str, client_order_id: str) -> OrderReport | None:
        del instrument
        self._fail_where_away()
        if self.capabilities.client_id_class is not ClientIdClass.A:
            raise VenueRefused("orders can't be looked up by the client's id here")
        return next((order for order in reversed(self.orders) if order.client_order_id == client_order_id), None)

    async def fetch_open_orders(self, instrument: str | None = None) -> Sequence[OrderReport]:
        self._fail_where_away()
        return [order for order in self.working if instrument in (None, order.instrument)]

    async def fetch_orders(self, instrument: str, since: datetime) -> Sequence[OrderReport]:
        self._fail_where_away()
        return [order for order in self.orders if order.instrument == instrument and order.market_time >= since]

    async def fetch_fills(self, instrument: str, since: datetime) -> Sequence[Fill]:
        self._fail_where_away()
        return [fill for fill in self.fills if fill.instrument == instrument and fill.market_time >= since]

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        self._fail_where_away()
        held = {"USDT": FUNDS}
        for fill in self.fills:
            base, quote = fill.instrument.split("/")
            held[base] = held.get(base, Decimal(0)) + fill.side.sign * fill.quantity
            held[quote] -= fill.side.sign * fill.quantity * fill.price + fill.fee
        return held

    async def stream_account(self) -> AsyncIterator[OrderReport | Fill]:
        self._fail_where_away()
        queue: asyncio.Queue[OrderReport | Fill | Exception | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while (message := await queue.get()) is not None:
                if isinstance(message, Exception):
                    raise message
                yield message
        finally:
            self._listeners.discard(queue)
        raise VenueUnavailable("the stream broke")

    # ------------------------------------------------------------ within

    def _take_off_other_leg(self, venue_order_id: str) -> None:
        other = self._lists.pop(venue_order_id, None)
        if other is not None and (order := self.read(other)) in self.working:
            self._lists.pop(other, None)
            self._write(replace(order, status=VenueOrderStatus.CANCELED))

    def _place(self, request: OrderRequest) -> OrderReport:
        self.placed[request.client_order_id] += 1
        order = OrderReport(
            venue_order_id=f"v{len(self.orders) + 1}",
            client_order_id=request.client_order_id,
            instrument=request.instrument,
            side=request.side,
            type=request.type,
            status=VenueOrderStatus.OPEN,
            quantity=request.quantity,
            filled=Decimal(0),
            price=request.price,
            stop_price=request.stop_price,
            market_time=self.market_time(),
        )
        self.orders.append(order)
        if request.type is OrderType.MARKET:
            self.trade(order)
        else:
            self._tell(order)
        return self.read(order.venue_order_id)

    def _write(self, order: OrderReport) -> None:
        self.orders = [order if each.venue_order_id == order.venue_order_id else each for each in self.orders]
        self._tell(order)

    def _tell(self, message: OrderReport | Fill) -> None:
        for queue in self._listeners if not self.is_mute else ():
            queue.put_nowait(message)

    def _fail_where_away(self) -> None:
        if self.away is not None:
            raise self.away

    def _ticker(self, instrument: str) -> Ticker:
        price = self.prices[instrument]
        return Ticker(instrument, price, price, price, self.market_time())

    def _history(self) -> list[tuple[int, float]]:
        first = to_ms(self.market_time()) // MINUTE_MS * MINUTE_MS - 20 * MINUTE_MS
        return [(first + minute * MINUTE_MS, 100.0) for minute in range(20)]

    def _rows(self, instrument: str, limit: int) -> Candles:
        return Candles.from_rows(instrument, "1m", [(at, price, price, price, price, 1) for at, price in self._closed[instrument][-limit:]])
