"""What a user writes: a `Strategy` with typed parameters, deciding from candles (`target`) or from everything (`decide`).

A strategy sends nothing and knows no venue and no clock; it may run in another process. `Plan` and `Context` are in `domain.plan`.
"""

from datetime import timedelta
from math import isnan
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from styrman.domain.market import Candles
from styrman.domain.orders import Protection
from styrman.domain.plan import Context, Plan
from styrman.errors import StrategyError

Fraction = Annotated[float, Field(gt=0, lt=1)]


class Strategy(BaseModel):
    """Subclass it; parameters are fields, typed and validated, shown as a form. One instance serves one bot.

    Override `target` (vectorised, pure: backtests run it over all candles at once) or `decide` (full control).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    warmup: ClassVar[int] = 1  # closed candles needed before the first decision; a property where it depends on parameters

    stop_loss: Fraction | None = Field(None, description="Exit this fraction below (short: above) the average entry price")
    take_profit: Annotated[float, Field(gt=0)] | None = Field(None, description="Exit this fraction beyond the entry price, in profit")
    trailing_stop: Fraction | None = Field(None, description="Exit this fraction behind the best price since entry")
    time_limit_s: Annotated[float, Field(gt=0)] | None = Field(None, description="Exit this many seconds of market time after entry")

    def target(self, candles: Candles) -> NDArray[np.float64]:
        """Return, for each closed candle, the wanted fraction of equity in [-1, 1]; NaN: no opinion. Pure; shape (len(candles),)."""
        return np.full(len(candles), np.nan)

    async def decide(self, ctx: Context) -> Plan:
        """Return the Plan for this cycle: the last value of `target` for each instrument, of an equal share of the equity."""
        targets = {name: self._last_target(ctx.candles[name, ctx.timeframe], ctx.slots) for name in ctx.instruments}
        guard = self.protection
        return Plan(targets, protections=dict.fromkeys(ctx.instruments, guard) if guard else {})

    @property
    def protection(self) -> Protection | None:
        """What guards each position, from the four common parameters; None where none is set."""
        if self.stop_loss is self.take_profit is self.trailing_stop is self.time_limit_s is None:
            return None
        limit = None if self.time_limit_s is None else timedelta(seconds=self.time_limit_s)
        return Protection(stop=self.stop_loss, take_profit=self.take_profit, trailing=self.trailing_stop, time_limit=limit)

    def _last_target(self, candles: Candles, slots: int) -> float | None:
        """Return the checked last value of `target`; None for no opinion or while warming up."""
        if len(candles) < self.warmup:
            return None
        column = np.asarray(self.target(candles), dtype=np.float64)
        if column.shape != (len(candles),):
            raise StrategyError(
                f"{type(self).__name__}.target returned shape {column.shape} for {len(candles)} candles; return one value a candle"
            )
        last = float(column[-1])
        return None if isnan(last) else last / slots
