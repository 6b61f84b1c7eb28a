"""ccxt.pro's candle streams: asked for many at a time, and what ccxt has kept of them. Decides nothing about what has closed."""

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.frames import Closed
from styrman.venues.exchange.readings import is_table

Key: TypeAlias = tuple[str, str]  # instrument and time frame

_AT_ONCE = 25


class CandleStreams:
    """ccxt.pro's candle streams, as a source of a `Wire`."""

    name = "candles"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._several = connection.has("watchOHLCVForSymbols")
        self.at_once = _AT_ONCE if self._several else 1
        self.closed: dict[Key, int] = {}  # opens of the last candles that the exchange called closed

    async def watch(self, keys: Sequence[Key]) -> Collection[Key]:
        """Wait for a message of any of these series."""
        if not self._several:
            await self._connection.watch("watch_ohlcv", *keys[0])
            return keys
        told = await self._connection.watch("watch_ohlcv_for_symbols", [list(key) for key in keys])
        if not is_table(told):
            return ()
        return [(str(symbol), str(frame)) for symbol, frames in told.items() if is_table(frames) for frame in frames]

    async def forget(self, keys: Sequence[Key]) -> None:
        """Take the subscriptions back."""
        if self._several and self._connection.has("unWatchOHLCVForSymbols"):
            await self._connection.watch("un_watch_ohlcv_for_symbols", [list(key) for key in keys])
        elif not self._several and self._connection.has("unWatchOHLCV"):
            await self._connection.watch("un_watch_ohlcv", *keys[0])

    def instrument(self, key: Key) -> str:
        """Return the series' instrument."""
        return key[0]

    def rows(self, key: Key) -> Sequence[object]:
        """Return what ccxt has kept of the series, oldest first, the candle that is not closed yet included."""
        kept = (self._connection.exchange.ohlcvs or {}).get(key[0])
        rows = kept.get(key[1]) if is_table(kept) else None
        return rows if isinstance(rows, Sequence) else ()

    def note_closed(self, closed: Closed) -> None:
        """Take what the exchange's frames say of closed candles."""
        exchange: Any = self._connection.exchange
        market_id, interval, time = closed
        self.closed[self._symbol(market_id), str(exchange.find_timeframe(interval))] = time

    def _symbol(self, market_id: str) -> str:
        found = (self._connection.exchange.markets_by_id or {}).get(market_id, ())
        return next((symbol for each in found if (symbol := each["symbol"]) in self._connection.rules), "")
