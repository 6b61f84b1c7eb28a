"""Strategies for what the browser tests look at. They are copied into a home folder; nothing imports them from here."""

import numpy as np
from numpy.typing import NDArray

from styrman import Candles, Context, Plan, Strategy
from styrman.errors import VenueUnavailable

MINUTE_MS = 60_000


class Restless(Strategy):
    """Is in for one minute of the market and out for the next: each candle brings a fill."""

    def target(self, candles: Candles) -> NDArray[np.float64]:
        """Return half of the equity in every other minute."""
        return np.where(candles.time // MINUTE_MS % 2 == 0, 0.5, 0.0)


class Crashing(Strategy):
    """Raises in each of its cycles what another cycle might mend: it is restarted again and again."""

    async def decide(self, ctx: Context) -> Plan:
        """Raise."""
        raise VenueUnavailable(f"the oracle of {ctx.bot_id} does not answer")


class Wrong(Strategy):
    """Raises what no restart mends."""

    async def decide(self, ctx: Context) -> Plan:
        """Raise."""
        raise ValueError(f"{ctx.bot_id} was told to sell what it never had")
