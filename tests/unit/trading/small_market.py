"""One instrument, one bot, one price: enough of a market to see what becomes of a strategy's orders, crashes included."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import JsonValue

from styrman.domain.market import Candles, InstrumentRules, Side
from styrman.domain.orders import Fill, OrderType, WorkingOrder
from styrman.domain.plan import Context, Plan
from styrman.trading.book import Book
from styrman.trading.strategy import Strategy

NAME = "BTC/USDT"
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000


class SmallMarket:
    """Runs a strategy's cycles by the rules of Plan and WorkingOrder: placed while named, replaced when changed, spent when filled."""

    def __init__(self, strategy: Strategy, rules: InstrumentRules, price: float = 100, *, fee_in_base: bool = False) -> None:
        self.strategy = strategy
        self.rules = rules
        self.book = Book("b1", Decimal(10_000))
        self.state: dict[str, JsonValue] = {}
        self.asked: dict[str, WorkingOrder] = {}  # what works, as the Plan named it
        self.remaining: dict[str, Decimal] = {}
        self.spent: set[str] = set()
        self.traded: dict[str, Decimal] = {}  # by key, as long as the Plan names it
        self.fills: list[Fill] = []
        self.share = Decimal(1)  # how much of an order trades at once
        self._fee_in_base = fee_in_base
        self._prices = [float(price)]

    @property
    def price(self) -> Decimal:
        return Decimal(str(self._prices[-1]))

    @property
    def position(self) -> Decimal:
        return self.book.holding(NAME).quantity

    def context(self) -> Context:
        rows = [(i * MINUTE_MS, price, price, price, price, 1.0) for i, price in enumerate(self._prices)]
        return Context(
            now=START + timedelta(minutes=len(rows)),
            bot_id="b1",
            instruments=(NAME,),
            timeframe="1m",
            candles={(NAME, "1m"): Candles.from_rows(NAME, "1m", rows)},
            book=self.book.view(lambda _: self.price),
            working=tuple(replace(order, quantity=self.remaining[key]) for key, order in self.asked.items()),
            rules={NAME: self.rules},
            params={},
            max_open=1,
            state=deepcopy(self.state),
            traded=dict(self.traded),
        )

    def decide(self) -> tuple[Plan, dict[str, JsonValue]]:
        """Return the Plan for the market as it stands, and the state that the decision left."""
        ctx = self.context()
        return asyncio.run(self.strategy.decide(ctx)), ctx.state

    def cycle(self, *, crash: bool = False) -> None:
        """Run cycles until nothing fills any more, a fill being a reason for one; or one, that dies right before it records."""
        filled = len(self.fills)
        self._cycle(crash=crash)
        if len(self.fills) > filled and not crash:
            self.cycle()

    def _cycle(self, *, crash: bool) -> None:
        plan, state = self.decide()
        wanted = {order.key: order for order in plan.orders}
        assert len(wanted) == len(plan.orders)
        self.spent &= wanted.keys()
        self.traded = {key: quantity for key, quantity in self.traded.items() if key in wanted}
        for key in [key for key, order in self.asked.items() if wanted.get(key) != order]:
            self._take_off(key)
        for key, order in wanted.items():
            if key not in self.asked and key not in self.spent:
                self._place(order)
        if not crash:
            self.state = state

    def move(self, price: float) -> None:
        """Close a candle at a new price; what it reaches trades at its own price."""
        self._prices.append(price)
        for key, order in list(self.asked.items()):
            if order.price is not None and (order.price - self.price) * order.side.sign >= 0:
                self._trade(key, order.price)

    def go(self, *prices: float) -> None:
        """Move to each price with a cycle after it."""
        for price in prices:
            self.move(price)
            self.cycle()

    def cancel_all(self) -> None:
        """Take every order off, as a stop of the bot does."""
        for key in list(self.asked):
            self._take_off(key)

    def sell_everything(self) -> None:
        """Close the position, as a touched protection does."""
        self._book(Side.SELL, self.position, self.price)

    def on(self, side: Side) -> list[WorkingOrder]:
        """Return the orders of one side that work, as they were asked for."""
        return [order for order in self.asked.values() if order.side is side]

    def open(self, side: Side) -> Decimal:
        """Return how much the orders of one side may still trade."""
        return sum((self.remaining[order.key] for order in self.on(side)), Decimal(0))

    def _place(self, order: WorkingOrder) -> None:
        assert order.quantity == self.rules.round_quantity(order.quantity) > 0
        self.asked[order.key], self.remaining[order.key] = order, order.quantity - self.traded.get(order.key, Decimal(0))
        if order.type is OrderType.MARKET:
            self._trade(order.key, self.price)
            if order.key in self.asked:
                self._take_off(order.key)  # what does not trade at once is cancelled
        elif order.price is not None and (order.price - self.price) * order.side.sign >= 0:
            self._trade(order.key, self.price)

    def _trade(self, key: str, price: Decimal) -> None:
        quantity = self.rules.round_quantity(self.remaining[key] * self.share) or self.remaining[key]
        self._book(self.asked[key].side, quantity, price)
        self.remaining[key] -= quantity
        self.traded[key] = self.traded.get(key, Decimal(0)) + quantity
        if not self.remaining[key]:
            self._take_off(key)
            self.spent.add(key)

    def _book(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        in_base = self._fee_in_base and side is Side.BUY
        fee = quantity * self.rules.taker_fee * (1 if in_base else price)
        fill = Fill(
            trade_id=str(len(self.fills)),
            venue_order_id="v",
            client_order_id="c",
            instrument=NAME,
            side=side,
            price=price,
            quantity=quantity,
            fee=fee,
            fee_currency="BTC" if in_base else "USDT",
            maker=True,
            market_time=START + timedelta(minutes=len(self._prices)),
        )
        self.fills.append(fill)
        self.book.apply(fill, self.rules)

    def _take_off(self, key: str) -> None:
        del self.asked[key], self.remaining[key]
