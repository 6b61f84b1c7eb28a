"""TWAP: a quantity traded in equal slices over a time, for an average close to the time-weighted average price."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import OrderType, WorkingOrder
from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.errors import StrategyError
from styrman.trading.executors.progress import Keyed

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twap(Keyed):
    """Sends slice i at `i * duration / slices` of market time after its first cycle; the bot has to run a cycle at least that often.

    With a `price`, each slice is a limit order there and works until it fills; without, it is sent at market. After a pause or
    a crash the slices that fell due meanwhile are sent together. Done when everything has traded. Fewer slices are made where the
    venue's least order asks for it. StrategyError where not even one is large enough.
    """

    side: Side
    quantity: Decimal  # base
    duration: timedelta
    slices: int
    price: Decimal | None = None  # quote; the worst price; None: at market
    reduce_only: bool = False

    def plan(self, ctx: Context) -> Plan:
        """Return the slices that are due."""
        price = self.price or self.last_price(ctx)
        if price is None or self.is_done(ctx):
            return EMPTY_PLAN
        sizes = self._sizes(ctx.rules[self.instrument], price, ctx)
        due = min(len(sizes), 1 + int((ctx.now - self._began(ctx)) / (self.duration / len(sizes))))
        orders = tuple(self._slice(number, size) for number, size in enumerate(sizes[:due]))
        if all(ctx.traded.get(order.key, _ZERO) >= order.quantity for order in orders) and due == len(sizes):
            self.finish(ctx)
        return Plan(orders=orders)

    def _began(self, ctx: Context) -> datetime:
        return datetime.fromisoformat(str(self.memory(ctx).setdefault("began", ctx.now.isoformat())))

    def _sizes(self, rules: InstrumentRules, price: Decimal, ctx: Context) -> list[Decimal]:
        """Return the slices' quantities, the same in every cycle: how many there are is fixed with the first."""
        kept = self.memory(ctx).get("slices")
        count = kept if isinstance(kept, int) else _count(self.quantity, self.slices, rules, price)
        self.memory(ctx)["slices"] = count
        return list(_split(self.quantity, count, rules))

    def _slice(self, number: int, size: Decimal) -> WorkingOrder:
        return WorkingOrder(
            key=f"{self.key} {number}",
            instrument=self.instrument,
            side=self.side,
            quantity=size,
            price=self.price,
            type=OrderType.MARKET if self.price is None else OrderType.LIMIT,
            reduce_only=self.reduce_only,
        )


def _split(quantity: Decimal, count: int, rules: InstrumentRules) -> Iterator[Decimal]:
    """Yield `count` whole-lot parts that sum up to the quantity, rounded down to the lot once."""
    sent = Decimal(0)
    for number in range(1, count + 1):
        until = rules.round_quantity(quantity * number / count)
        yield until - sent
        sent = until


def _count(quantity: Decimal, wanted: int, rules: InstrumentRules, price: Decimal) -> int:
    """Return into how many parts the quantity can be split so that the venue takes each."""
    for count in range(wanted, 0, -1):
        if not any(rules.is_dust(part, price) for part in _split(quantity, count, rules)):
            return count
    raise StrategyError(
        f"{quantity} {rules.base} is less than the venue takes of {rules.instrument} (at least {rules.min_quantity} {rules.base} "
        f"and {rules.min_notional} {rules.quote}); raise the quantity"
    )
