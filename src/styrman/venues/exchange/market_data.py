"""The public half of an exchange: candles, tickers, books, selectors, over one `Connection`. Needs no credential, knows no orders."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack

from styrman.domain.market import Candles, OrderBook, Ticker
from styrman.domain.spec import Selector
from styrman.errors import VenueUnavailable
from styrman.venues.exchange.books import Books
from styrman.venues.exchange.candle_streams import CandleStreams, Key
from styrman.venues.exchange.candles import CandleReader
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.frames import guard
from styrman.venues.exchange.readings import Readings
from styrman.venues.exchange.selection import Selection
from styrman.venues.exchange.sockets import Pace, share_sockets
from styrman.venues.exchange.ticker_streams import TickerStreams
from styrman.venues.exchange.tickers import Prices
from styrman.venues.exchange.wires import STALL_S, Wire

# Their tickers come once a second, their best prices as they change; the last price comes with the candles.
_PROMPT_BEST_PRICES = frozenset({"binance", "binanceus", "binanceusdm"})


class ExchangeMarket:
    """The market data of one venue. `open` it after its connection, whenever that was opened; `close` it before."""

    def __init__(self, connection: Connection, *, stall_s: float = STALL_S) -> None:
        self._connection = connection
        self._stall_s = stall_s
        self._readings = Readings(connection.name)
        self._parts: _Parts | None = None

    async def open(self) -> None:
        """Take hold of the connection's instance. Nothing is asked before somebody reads."""
        await self.close()
        self._parts = _Parts(self._connection, self._readings, self._stall_s)

    async def close(self) -> None:
        """End all streams."""
        parts, self._parts = self._parts, None
        if parts is not None:
            await parts.close()

    @property
    def nonsense(self) -> int:
        """How much the exchange sent that could not be read."""
        return self._readings.nonsense

    @property
    def has_books(self) -> bool:
        """Whether it shows its order books, streamed or polled."""
        return self._connection.has("fetchOrderBook")

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last."""
        return await self._opened.candles.fetch(instrument, timeframe, limit)

    async def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield candles as they close, in order, each once. The instrument's prices are watched meanwhile."""
        with ExitStack() as watched:
            reader = self._opened.candles
            reader.check(instrument, timeframe)
            watched.callback(self.watch(instrument))
            following = reader.stream(instrument, timeframe)
            try:
                async for candles in following:
                    yield candles
            finally:
                await following.aclose()

    def watch(self, instrument: str) -> Callable[[], None]:
        """Have `stream_tickers` tell of an instrument (one with an order); return what ends that, which may be called twice."""
        return self._opened.prices.watch(instrument)

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        """Yield each change of the best prices of the instruments that are watched. May be read by several at once."""
        return self._opened.prices.stream()

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the best prices now."""
        return await self._opened.prices.fetch(instrument)

    async def fetch_book(self, instrument: str) -> OrderBook:
        """Return the order book now."""
        return await self._opened.books.fetch(instrument)

    def stream_book(self, instrument: str) -> AsyncIterator[OrderBook]:
        """Yield the order book whenever it has changed; polled where it can't be streamed."""
        return self._opened.books.stream(instrument)

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the selector's instruments, most traded first."""
        return await self._opened.selection.select(selector)

    @property
    def _opened(self) -> "_Parts":
        if self._parts is None:
            raise VenueUnavailable(f"Venue {self._connection.name!r} is not open; it is being opened, or was closed.")
        return self._parts


class _Parts:
    """What lives as long as one ccxt instance."""

    def __init__(self, connection: Connection, readings: Readings, stall_s: float) -> None:
        share_sockets(connection.exchange)
        pace = Pace(connection.clock)
        streams = CandleStreams(connection)
        guard(connection.exchange, readings, streams.note_closed)
        self._candle_wire: Wire[Key] | None = None
        if connection.has("watchOHLCV"):
            self._candle_wire = Wire(streams, connection, pace, stall_s=stall_s)
        self.prices = Prices(connection, readings)
        self._price_wires = [Wire(each, connection, pace, stall_s=stall_s) for each in _price_streams(connection, self.prices.told)]
        self.prices.use(*self._price_wires)
        self.candles = CandleReader(connection, readings, self._candle_wire, streams, traded=self.prices.traded)
        self.books = Books(connection, readings, pace, stall_s=stall_s)
        self.selection = Selection(connection)

    async def close(self) -> None:
        """End what runs."""
        await self.prices.close()
        for wire in (self._candle_wire, *self._price_wires):
            if wire is not None:
                await wire.close()


def _price_streams(connection: Connection, told: Callable[[str, object], None]) -> list[TickerStreams]:
    """Return the stream of prices to use, and the one that completes it where it lacks the best prices."""
    best = [TickerStreams(connection, "watch_bids_asks", "bidsasks", told)] if connection.has("watchBidsAsks") else []
    if best and connection.options.exchange in _PROMPT_BEST_PRICES:
        return best
    if connection.has("watchTickers"):
        return [TickerStreams(connection, "watch_tickers", "tickers", told), *best]
    if connection.has("watchTicker"):
        return [TickerStreams(connection, "watch_ticker", "tickers", told), *best]
    return best
