"""Trend following by two moving averages."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from styrman.domain.market import Candles, FloatColumn
from styrman.trading.indicators import ta
from styrman.trading.strategy import Strategy


class EmaCross(Strategy):
    """Holds while the fast exponential moving average of the close is above the slow one."""

    fast: int = Field(12, ge=2, le=500, description="Candles of the fast average")
    slow: int = Field(26, ge=3, le=1000, description="Candles of the slow average; more than the fast one's")
    allow_short: bool = Field(default=False, description="Go short while the fast average is not above the slow one")

    @model_validator(mode="after")
    def _fast_below_slow(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warmup(self) -> int:  # type: ignore[override] # the base's default is a class variable; here it follows from a parameter
        """Candles until what the average was seeded with weighs 1/400: (1 - 2/(slow + 1)) ** (3 * slow) = exp(-6)."""
        return 4 * self.slow

    def target(self, candles: Candles) -> FloatColumn:
        """Return 1 where fast is above slow, else 0 (short: -1)."""
        fast, slow = ta.EMA(candles.close, self.fast), ta.EMA(candles.close, self.slow)
        otherwise = -1.0 if self.allow_short else 0.0
        return np.where(np.isnan(slow), np.nan, np.where(fast > slow, 1.0, otherwise))
