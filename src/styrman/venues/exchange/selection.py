"""The most traded instruments of an exchange, by what was traded of them in 24 hours. One look at all tickers serves everybody."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from styrman.domain.spec import Selector
from styrman.errors import VenueRefused
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.readings import is_table, positive

KEPT_S = 600.0  # bots read their selector again every hour, each at its own minute
_TIMEOUT_S = 30.0


class Selection:
    """Answers selectors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._looking = asyncio.Lock()
        self._volumes: Mapping[str, Decimal] = {}
        self._looked_at = float("-inf")

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the selector's instruments, most traded first. VenueRefused where nothing trades against its quote."""
        volumes = await self._current()
        rules = self._connection.rules
        known = (name for name, each in rules.items() if each.quote == selector.quote and name not in selector.exclude)
        ranked = sorted((name for name in known if name in volumes), key=lambda name: (-volumes[name], name))
        quotes = sorted({each.quote for each in rules.values()})
        if selector.quote not in quotes:
            raise VenueRefused(
                f"Nothing trades against {selector.quote} at venue {self._connection.name!r}; its quotes: {', '.join(quotes[:20])}."
            )
        return tuple(ranked[: selector.top])

    async def _current(self) -> Mapping[str, Decimal]:
        async with self._looking:  # a thousand bots that start together wait for one answer
            if self._connection.clock.monotonic() - self._looked_at > KEPT_S:
                self._volumes = await self._look()
                self._looked_at = self._connection.clock.monotonic()
            return self._volumes

    async def _look(self) -> Mapping[str, Decimal]:
        if not self._connection.has("fetchTickers"):
            raise VenueRefused(f"Venue {self._connection.name!r} can't list what is traded most; name the instruments in the bot's spec.")
        answer = await self._connection.call("fetch_tickers", timeout_s=_TIMEOUT_S)
        tickers = answer if is_table(answer) else {}
        return {name: volume for name in self._connection.rules if (volume := _volume(tickers.get(name))) is not None}


def _volume(ticker: object) -> Decimal | None:
    """Return the value traded in 24 hours, in quote."""
    if not is_table(ticker):
        return None
    told = positive(ticker.get("quoteVolume"))
    amount, price = positive(ticker.get("baseVolume")), positive(ticker.get("last"))
    return told if told is not None or amount is None or price is None else amount * price
