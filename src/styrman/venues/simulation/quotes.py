"""Prices within a candle: the path they take (open, nearer extreme, other extreme, close, a quarter each) and what is offered there."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import ceil, floor

from styrman.domain.market import InstrumentRules, Side

STEPS = 4  # quarters of a candle: prices move at the beginning of each
_ROUNDING = 1e-6  # of a tick: a float that is a tick but for its last bits


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of one instrument at one step of the market."""

    at_ms: int
    last: Decimal
    bid: Decimal
    ask: Decimal
    offered: Decimal  # base that our orders, all together, may take at this step
    jumped: bool  # a candle opened here: the price did not pass through what lies between this and the step before

    def taking(self, side: Side) -> Decimal:
        """Return the price at which an order of this side trades at once."""
        return self.ask if side is Side.BUY else self.bid

    def touching(self, side: Side, stop: Decimal) -> Decimal:
        """Return the price at which a stop trades that was touched on the way here: at the stop's own level, half a spread away."""
        return self.taking(side) if self.jumped else stop + self.taking(side) - self.last


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One candle as it is played; flat and without volume where nothing was recorded."""

    rules: InstrumentRules
    start_ms: int
    length_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    spread: float
    participation: float

    def quote(self, at_ms: int) -> Quote:
        """Return the prices of the step that `at_ms` lies in. Knows no more than what has happened by then."""
        return self._quotes[(at_ms - self.start_ms) * STEPS // self.length_ms]

    @cached_property
    def _quotes(self) -> tuple[Quote, ...]:
        rises_first = self.high - self.open < self.open - self.low
        extremes = (self.high, self.low) if rises_first else (self.low, self.high)
        offered = self.rules.round_quantity(Decimal(self.volume * self.participation / STEPS))
        return tuple(self._quote(step, price, offered) for step, price in enumerate((self.open, *extremes, self.close)))

    def _quote(self, step: int, price: float, offered: Decimal) -> Quote:
        tick = self.rules.price_tick
        ticks = price / float(tick)
        bid, ask = floor(ticks * (1 - self.spread / 2) + _ROUNDING), ceil(ticks * (1 + self.spread / 2) - _ROUNDING)
        at_ms = self.start_ms + step * self.length_ms // STEPS
        return Quote(at_ms, round(ticks) * tick, max(1, bid) * tick, ask * tick, offered, jumped=step == 0)
