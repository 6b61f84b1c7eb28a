"""Mean reversion by the relative strength index."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from styrman.domain.market import Candles, FloatColumn
from styrman.trading.indicators import ta
from styrman.trading.signals import hold, long_and_short
from styrman.trading.strategy import Strategy


class RsiReversion(Strategy):
    """Buys when the relative strength index says oversold, and holds until it is back at its middle."""

    period: int = Field(14, ge=2, le=200, description="Candles of the index (Wilder's smoothing)")
    oversold: float = Field(30, gt=0, lt=100, description="Buy below this")
    exit: float = Field(50, gt=0, lt=100, description="Close at or beyond this")
    overbought: float = Field(70, gt=0, lt=100, description="Where shorts are allowed: sell above this")
    allow_short: bool = Field(default=False, description="Sell short when overbought, until the index is back at `exit`")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.oversold < self.exit < self.overbought:
            raise ValueError(f"oversold ({self.oversold}), exit ({self.exit}) and overbought ({self.overbought}) must rise in this order")
        return self

    @property
    def warmup(self) -> int:  # type: ignore[override] # the base's default is a class variable; here it follows from a parameter
        """Candles until what the smoothing was seeded with weighs 1/8000: (1 - 1/period) ** (9 * period) = exp(-9)."""
        return 10 * self.period

    def target(self, candles: Candles) -> FloatColumn:
        """Return 1 from oversold to exit, 0 after (short: -1 from overbought to exit); NaN before the first signal."""
        rsi = ta.RSI(candles.close, self.period)
        # TA-Lib calls a price that never moved 0, which is no reason to buy it.
        moved = np.maximum.accumulate(candles.close) > np.minimum.accumulate(candles.close)
        long = hold((rsi < self.oversold) & moved, rsi >= self.exit)
        return long_and_short(long, hold(rsi > self.overbought, rsi <= self.exit)) if self.allow_short else long
