"""A grid of resting orders below an anchor price: buys on the way down, each sold a step above."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pydantic import Field, JsonValue

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import WorkingOrder
from styrman.domain.plan import Context, Plan
from styrman.errors import StrategyError
from styrman.trading.executors import GridLevels
from styrman.trading.strategy import Strategy

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a grid is made of, fixed while it holds anything. Lies in the strategy's durable state."""

    price: Decimal  # quote; level 0, a step above the first buy
    quantity: Decimal  # base; what each level buys

    @classmethod
    def from_state(cls, value: JsonValue) -> Self | None:
        """Return the anchor that `to_state` made; None where there is none."""
        return cls(Decimal(str(value["price"])), Decimal(str(value["quantity"]))) if isinstance(value, dict) else None

    def to_state(self) -> JsonValue:
        """Return it as JSON values."""
        return {"price": str(self.price), "quantity": str(self.quantity)}


class Grid(Strategy):
    """Buys at levels a step apart below an anchor, and sells what each level bought one step above it.

    A level buys while it holds nothing, and sells while it holds something. What it holds is read off the position, which fills
    the levels from the top, and not off a count of fills that a crash could lose. While nothing is held, the anchor follows a
    price that has left the grid.
    """

    levels: int = Field(5, ge=1, le=50, description="Buy levels below the anchor")
    step: float = Field(0.005, gt=0, lt=0.2, description="Distance of the levels, as a fraction of the price")
    invest: float = Field(0.9, gt=0, le=0.99, description="Fraction of the equity that all levels together may buy for")

    async def decide(self, ctx: Context) -> Plan:
        """Return the grid's orders for each instrument that has a price."""
        orders = tuple(order for name in ctx.instruments if len(ctx.candles[name, ctx.timeframe]) for order in self._orders(ctx, name))
        guard = self.protection
        return Plan(orders=orders, protections=dict.fromkeys(ctx.instruments, guard) if guard else {})

    def _orders(self, ctx: Context, instrument: str) -> tuple[WorkingOrder, ...]:
        held = ctx.book.positions.get(instrument)
        anchor = self._anchor(ctx, instrument, held.quantity if held else _ZERO)
        ctx.state[instrument] = anchor.to_state()
        return self._grid(instrument, anchor).plan(ctx).orders

    def _grid(self, instrument: str, anchor: Anchor) -> GridLevels:
        step = Decimal(str(self.step))
        return GridLevels(
            key=instrument, instrument=instrument, levels=self.levels, step=step, quantity=anchor.quantity, anchor=anchor.price
        )

    def _anchor(self, ctx: Context, instrument: str, position: Decimal) -> Anchor:
        """Return the anchor in force: the one kept, unless nothing is held and the price has left its grid."""
        rules, price = ctx.rules[instrument], Decimal(str(ctx.candles[instrument, ctx.timeframe].close[-1]))
        kept = Anchor.from_state(ctx.state.get(instrument))
        if kept is None or (rules.is_dust(position, price) and not self._spans(kept, price)):
            return self._new_anchor(ctx, rules, price)
        return kept

    def _spans(self, anchor: Anchor, price: Decimal) -> bool:
        step = Decimal(str(self.step))
        return anchor.price * (1 - step) ** self.levels <= price <= anchor.price * (1 + step)

    def _new_anchor(self, ctx: Context, rules: InstrumentRules, price: Decimal) -> Anchor:
        share = ctx.book.equity * Decimal(str(self.invest)) / (ctx.slots * self.levels)
        anchor = Anchor(price, rules.round_quantity(share / price))
        grid = self._grid(rules.instrument, anchor)
        if rules.is_dust(anchor.quantity, grid.price(price, self.levels, rules, Side.BUY)):
            raise StrategyError(
                f"A grid level of {rules.instrument} would buy for {share:.8f} {rules.quote}, less than the venue takes "
                f"(at least {rules.min_quantity} {rules.base} and {rules.min_notional} {rules.quote}); use fewer levels or more capital"
            )
        return anchor
