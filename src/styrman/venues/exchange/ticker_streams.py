"""ccxt.pro's streams of prices, asked for many at a time. Passes on what is new, and keeps none of it."""

from collections.abc import Callable, Collection, Mapping, Sequence

from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.readings import is_table

_AT_ONCE = 25


class TickerStreams:
    """One of ccxt.pro's streams of prices, as a source of a `Wire`: `watch_bids_asks`, `watch_tickers` or `watch_ticker`."""

    def __init__(self, connection: Connection, method: str, cache: str, told: Callable[[str, object], None]) -> None:
        self.name = method.removeprefix("watch_").replace("_", " ")
        self.at_once = 1 if method == "watch_ticker" else _AT_ONCE
        self._connection = connection
        self._method = method
        self._cache = cache  # the attribute in which ccxt keeps the newest by symbol
        self._told = told
        self._seen: dict[str, object] = {}

    async def watch(self, keys: Sequence[str]) -> Collection[str]:
        """Wait for a message; pass on all that is new. ccxt returns one of several that came at once, and keeps them all."""
        answer = await self._connection.watch(self._method, keys[0] if self.at_once == 1 else list(keys))
        fresh = self._fresh(keys) or _of_answer(answer, keys)
        for instrument, ticker in fresh.items():
            self._told(instrument, ticker)
        return fresh.keys()

    async def forget(self, keys: Sequence[str]) -> None:
        """Take the subscriptions back."""
        for key in keys:
            self._seen.pop(key, None)
        feature = "un" + "".join(part.capitalize() for part in self._method.split("_"))
        if self._connection.has(feature):
            await self._connection.watch("un_" + self._method, keys[0] if self.at_once == 1 else list(keys))

    def instrument(self, key: str) -> str:
        """Return the key: it is the instrument."""
        return key

    def _fresh(self, keys: Sequence[str]) -> dict[str, object]:
        kept = getattr(self._connection.exchange, self._cache, None) or {}
        fresh = {key: ticker for key in keys if (ticker := kept.get(key)) is not None and ticker is not self._seen.get(key)}
        self._seen |= fresh
        return fresh


def _of_answer(answer: object, keys: Sequence[str]) -> dict[str, object]:
    """Return the tickers in what a watch returned: one, or several by symbol."""
    if not is_table(answer):
        return {}
    found: Mapping[str, object] = {str(answer["symbol"]): answer} if isinstance(answer.get("symbol"), str) else answer
    return {key: found[key] for key in keys if key in found}
