"""Cost averaging: the same amount again and again, sold together once it has gained enough."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from styrman.domain.market import InstrumentRules, Side, timeframe_ms
from styrman.domain.orders import OrderType, TimeInForce, WorkingOrder
from styrman.domain.plan import Context, Plan, Position
from styrman.errors import StrategyError
from styrman.trading.strategy import Strategy

Amount = Annotated[Decimal, Field(gt=0, allow_inf_nan=False, max_digits=36)]


class Dca(Strategy):
    """Buys a fixed amount every so many candles, up to a maximum, and sells all of it above the average price.

    Whether a purchase was made is read off the book, not off what was planned: the candle of the last one is noted when what
    the position cost has changed. So a crash between a purchase and its note delays the next one, and never repeats it. Only where a
    purchase and the sale of everything both go unnoted, by two crashes in a row, may the next one come early.
    """

    amount: Amount = Field(Decimal(100), description="Quote currency of one purchase, for each instrument")
    every: int = Field(60, ge=1, le=1_000_000, description="Candles from one purchase to the next")
    max_invested: Amount = Field(Decimal(1000), description="Quote currency that a position may have cost at most")
    gain: Annotated[float, Field(gt=0, le=100)] | None = Field(0.02, description="Sell everything this fraction above the average price")

    @model_validator(mode="after")
    def _one_purchase_fits(self) -> Self:
        if self.amount > self.max_invested:
            raise ValueError(f"amount ({self.amount}) must not be more than max_invested ({self.max_invested})")
        return self

    async def decide(self, ctx: Context) -> Plan:
        """Return a purchase for each instrument that is due, or the sale of what has gained enough."""
        orders = [self._order(ctx, name) for name in ctx.instruments if len(ctx.candles[name, ctx.timeframe])]
        guard = self.protection
        return Plan(
            orders=tuple(order for order in orders if order is not None),
            protections=dict.fromkeys(ctx.instruments, guard) if guard else {},
        )

    def _order(self, ctx: Context, instrument: str) -> WorkingOrder | None:
        candles, rules = ctx.candles[instrument, ctx.timeframe], ctx.rules[instrument]
        position = ctx.book.positions.get(instrument) or Position(instrument=instrument)
        candle, price = int(candles.time[-1]), Decimal(str(candles.close[-1]))
        since = self._note(ctx, position, candle)
        if self._has_gained(position, price) and not rules.is_dust(position.quantity, price):
            return _at_market(instrument, Side.SELL, rules.round_quantity(position.quantity), candle)
        if candle - since < self._interval_ms(ctx) or not self._may_buy(ctx, position):
            return None
        return _at_market(instrument, Side.BUY, self._quantity(rules, price), candle)

    def _has_gained(self, position: Position, price: Decimal) -> bool:
        return self.gain is not None and price >= position.average_price * (1 + Decimal(str(self.gain)))

    def _may_buy(self, ctx: Context, position: Position) -> bool:
        return _cost(position) + self.amount <= self.max_invested and self.amount <= ctx.book.cash

    def _note(self, ctx: Context, position: Position, candle: int) -> int:
        """Note and return the candle at which what the position cost last changed; long enough ago where nothing is noted yet."""
        match ctx.state.get(position.instrument):
            case [str(noted), int(since)]:
                pass
            case _:
                noted, since = "0", candle - self._interval_ms(ctx)
        if Decimal(noted) != _cost(position):
            since = candle
        ctx.state[position.instrument] = [str(_cost(position)), since]
        return since

    def _interval_ms(self, ctx: Context) -> int:
        return self.every * timeframe_ms(ctx.timeframe)

    def _quantity(self, rules: InstrumentRules, price: Decimal) -> Decimal:
        quantity = rules.round_quantity(self.amount / price)
        if rules.is_dust(quantity, price):
            raise StrategyError(
                f"A purchase of {rules.instrument} for {self.amount} {rules.quote} is less than the venue takes "
                f"(at least {rules.min_quantity} {rules.base} and {rules.min_notional} {rules.quote}); raise `amount`"
            )
        return quantity


def _cost(position: Position) -> Decimal:
    return position.quantity * position.average_price


def _at_market(instrument: str, side: Side, quantity: Decimal, candle: int) -> WorkingOrder:
    """Return an order that trades what it can at once. Its key is the candle's: deciding twice on a candle is deciding once."""
    return WorkingOrder(
        key=f"{instrument} {side} {candle}",
        instrument=instrument,
        side=side,
        quantity=quantity,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        reduce_only=side is Side.SELL,
    )
