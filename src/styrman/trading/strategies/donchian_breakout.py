"""Trend following by breakouts from the price channel, as the Turtles traded it."""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from styrman.domain.market import Candles, FloatColumn
from styrman.trading.indicators import ta
from styrman.trading.signals import hold, long_and_short
from styrman.trading.strategy import Strategy


class DonchianBreakout(Strategy):
    """Buys a close above the highest high of the last candles, and sells a close below the lowest low of fewer candles."""

    entry: int = Field(20, ge=2, le=1000, description="Candles of the channel whose breakout is entered")
    exit: int = Field(10, ge=2, le=1000, description="Candles of the channel whose other side is left; no more than the entry's")
    allow_short: bool = Field(default=False, description="Sell short a close below the entry channel")

    @model_validator(mode="after")
    def _exit_within_entry(self) -> Self:
        if self.exit > self.entry:
            raise ValueError(f"exit ({self.exit}) must not be more than entry ({self.entry})")
        return self

    @property
    def warmup(self) -> int:  # type: ignore[override] # the base's default is a class variable; here it follows from a parameter
        """Candles of the entry channel and the one that may break out of it."""
        return self.entry + 1

    def target(self, candles: Candles) -> FloatColumn:
        """Return 1 from a breakout until the exit, 0 after (short: -1 from a breakdown); NaN before the first signal."""

        def before(channel: FloatColumn) -> FloatColumn:
            return np.concatenate([[np.nan], channel[:-1]])[: len(candles)]

        close = candles.close
        highest, lowest = before(ta.MAX(candles.high, self.entry)), before(ta.MIN(candles.low, self.entry))
        # An exit is a signal only where an entry could have been one: else a short history would know exits, and miss entries.
        is_warm = ~np.isnan(highest)
        long = hold(close > highest, is_warm & (close < before(ta.MIN(candles.low, self.exit))))
        short = hold(close < lowest, is_warm & (close > before(ta.MAX(candles.high, self.exit))))
        return long_and_short(long, short) if self.allow_short else long
