"""Meeting a closed candle: what our orders must have traded while it formed, whether or not anybody watched.

Nothing of a candle is used by an order that came while it formed: what happened before the order can't be told from what
happened after it. A limit trades only where the price went *through* it, at its own price. A stop trades at the candle's worst
price, and before any limit: the order of things within a candle is not known, so the worse one is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from styrman.domain.market import Candles, InstrumentRules, Side, timeframe_ms
from styrman.venues.papertrading.engine import Engine
from styrman.venues.papertrading.pit import Pit, touches
from styrman.venues.simulation.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One closed candle."""

    start_ms: int
    end_ms: int
    high: Decimal
    low: Decimal
    volume: Decimal

    def worst(self, side: Side) -> Decimal:
        """Return the price that an order of this side least wants."""
        return self.high if side is Side.BUY else self.low

    def went_through(self, order: Order) -> bool:
        """Whether it traded at a better price than the order's, so that the order must have traded first."""
        price = order.request.price
        return price is not None and (price - self.worst(order.side.opposite)) * order.side.sign > 0


def bars(candles: Candles, rules: InstrumentRules) -> Iterator[Bar]:
    """Yield candles as they are played: in ticks and lots."""
    length_ms = timeframe_ms(candles.timeframe)
    for start_ms, high, low, volume in zip(candles.time, candles.high, candles.low, candles.volume, strict=True):
        yield Bar(
            start_ms=int(start_ms),
            end_ms=int(start_ms) + length_ms,
            high=_in_ticks(float(high), rules),
            low=_in_ticks(float(low), rules),
            volume=rules.round_quantity(Decimal(repr(float(volume)))),
        )


def play(engine: Engine, pit: Pit, bar: Bar, participation: Decimal) -> None:
    """Let the orders that were there before the candle opened meet it, and note that they have."""
    at_ms = bar.end_ms - 1  # within the candle: once it is played nothing more trades on its volume
    left = pit.rules.round_quantity(bar.volume * participation) - pit.traded(bar.start_ms, bar.end_ms)
    for order in _there(pit, bar):
        if order.number not in pit.orders:  # the other one of its pair has just ended it
            continue
        met = engine.touch(pit, order, at_ms) if order.is_waiting else order
        price = order.request.price or bar.worst(order.side)
        if left > 0:
            left -= engine.trade(pit, met, (price, left), at_ms).filled - order.filled
    pit.closed(bar.end_ms, bar.volume)


def _there(pit: Pit, bar: Bar) -> list[Order]:
    """Return the orders that the candle does something to: stops first, then the better price, then the older."""
    old = [order for order in pit.orders.values() if order.created_ms <= bar.start_ms and not order.aggressive]
    stops = [order for order in old if order.is_waiting and touches(order, bar.worst(order.side))]
    limits = [order for order in old if not order.is_waiting and bar.went_through(order)]
    return [*sorted(stops, key=_age), *sorted(limits, key=_eagerness)]


def _age(order: Order) -> int:
    return order.number


def _eagerness(order: Order) -> tuple[Decimal, int]:
    return -order.side.sign * (order.request.price or Decimal(0)), order.number


def _in_ticks(price: float, rules: InstrumentRules) -> Decimal:
    return (Decimal(repr(price)) / rules.price_tick).to_integral_value(ROUND_HALF_EVEN) * rules.price_tick
