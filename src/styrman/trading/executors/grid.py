"""Grid: buys at levels a step apart below an anchor, each sold one step above what it was bought for."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import WorkingOrder
from styrman.domain.plan import Context, Plan
from styrman.trading.executors.progress import Keyed

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLevels(Keyed):
    """A level buys while it holds nothing, and sells while it holds something.

    What it holds is read off the position, which fills the levels from the top, and not off a count of fills that a crash could
    lose. Without `anchor` the grid hangs from the price of its first cycle. Never done: drop it to end it.
    """

    levels: int
    step: Decimal  # distance of the levels, as a fraction of the price
    quantity: Decimal  # base; of each level
    anchor: Decimal | None = None  # quote; level 0, a step above the first buy

    def plan(self, ctx: Context) -> Plan:
        """Return one order for each level."""
        anchor = self.anchor or self._first_price(ctx)
        return Plan() if anchor is None else Plan(orders=tuple(self._orders(ctx, anchor)))

    def price(self, anchor: Decimal, level: int, rules: InstrumentRules, side: Side) -> Decimal:
        """Return the price of a level, rounded towards safety."""
        return rules.round_price(anchor * (1 - self.step) ** level, side)

    def _first_price(self, ctx: Context) -> Decimal | None:
        price = self.last_price(ctx)
        return None if price is None else Decimal(str(self.memory(ctx).setdefault("anchor", str(price))))

    def _orders(self, ctx: Context, anchor: Decimal) -> Iterator[WorkingOrder]:
        rules, position = ctx.rules[self.instrument], self.position(ctx).quantity
        for level in range(1, self.levels + 1):
            holds = rules.round_quantity(min(max(position - self.quantity * (level - 1), _ZERO), self.quantity))
            purchase = self._purchase(level, self.price(anchor, level, rules, Side.BUY))
            still_buys = any(order.key == purchase.key for order in ctx.working)
            sale = self._sale(ctx, level, holds, self.price(anchor, level - 1, rules, Side.SELL))
            yield purchase if still_buys or rules.is_dust(holds, purchase.price or anchor) else sale

    def _purchase(self, level: int, price: Decimal) -> WorkingOrder:
        key = f"{self.key} buy {level} {price}"
        return WorkingOrder(key=key, instrument=self.instrument, side=Side.BUY, quantity=self.quantity, price=price)

    def _sale(self, ctx: Context, level: int, holds: Decimal, price: Decimal) -> WorkingOrder:
        """Return the order that sells what a level holds; one that works stays as it was placed, so its key tells its whole quantity."""
        prefix = f"{self.key} sell {level} "
        key = next((order.key for order in ctx.working if order.key.startswith(prefix)), f"{prefix}{holds}")
        return WorkingOrder(key=key, instrument=self.instrument, side=Side.SELL, quantity=Decimal(key.removeprefix(prefix)), price=price)
