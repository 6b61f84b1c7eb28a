"""Follows the market of every instrument with working orders: its books, its candles, its prices. Where none works, nothing is read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from styrman.clock import Clock
from styrman.domain.market import Candles, OrderBook, Ticker
from styrman.errors import VenueError, VenueUnavailable
from styrman.venues.papertrading.exchange import PaperExchange
from styrman.venues.papertrading.pit import MINUTE_MS
from styrman.venues.papertrading.prices import Prices
from styrman.venues.papertrading.source import MarketSource

log = structlog.get_logger(__name__)
T = TypeVar("T")

_RETRY_S = 2.0  # the source itself reconnects with more patience than this
_DOWN_TIME = 20_160  # candles of down time that orders are played through at most, two weeks; in older ones nothing trades
_TICKERS = "tickers"


class Watch:
    """One task per stream that is read. It ends when the last order of its instrument does."""

    def __init__(self, name: str, source: MarketSource, exchange: PaperExchange, prices: Prices, clock: Clock) -> None:
        self._name, self._source, self._exchange, self._prices, self._clock = name, source, exchange, prices, clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_closed = False

    def attend(self, instrument: str) -> None:
        """Follow an instrument from now on, as long as any order works there."""
        works = partial(self._exchange.works, instrument)
        self._read(f"candles:{instrument}", partial(self._source.stream_candles, instrument, "1m"), self._hear_candles, works)
        if self._source.has_books:
            self._read(f"book:{instrument}", partial(self._source.stream_book, instrument), self._hear_book, works)
        self._read(_TICKERS, self._source.stream_tickers, self._hear_ticker, lambda: bool(self._exchange.working()))

    async def catch_up(self, instrument: str) -> None:
        """Let the working orders meet the candles that have closed since they last met any. VenueError."""
        pit = self._exchange.pit(instrument)
        missed = min((self._exchange.now_ms() - pit.played_ms) // MINUTE_MS, _DOWN_TIME)
        if missed > 0:
            self._exchange.play(await self._source.fetch_candles(instrument, "1m", missed))

    async def close(self) -> None:
        """Read no more."""
        self._is_closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _read(
        self, key: str, stream: Callable[[], AsyncIterator[T]], hear: Callable[[T], Awaitable[None]], wanted: Callable[[], bool]
    ) -> None:
        if key in self._tasks or self._is_closed:
            return
        task = asyncio.create_task(self._keep_reading(key, stream, hear, wanted), name=f"venue:{self._name}:{key}")
        self._tasks[key] = task
        task.add_done_callback(partial(self._ended, key))

    async def _keep_reading(
        self, key: str, stream: Callable[[], AsyncIterator[T]], hear: Callable[[T], Awaitable[None]], wanted: Callable[[], bool]
    ) -> None:
        while wanted():
            try:
                await self._hear_all(stream(), hear, wanted)
            except VenueError as error:
                log.warning("paper orders wait for their market", venue=self._name, stream=key, retry_s=_RETRY_S, error=error.detail)
                await self._clock.sleep(_RETRY_S)

    async def _hear_all(self, stream: AsyncIterator[T], hear: Callable[[T], Awaitable[None]], wanted: Callable[[], bool]) -> None:
        try:
            async for item in stream:
                await hear(item)
                if not wanted():
                    return
            raise VenueUnavailable("The stream has ended.")
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        if self._is_closed or task.cancelled():
            return
        error = task.exception()
        if error is None:
            for instrument in self._exchange.working():  # what was placed while the last reader was leaving
                self.attend(instrument)
            return
        log.error("paper market reader failed", venue=self._name, stream=key, exc_info=error)
        failed = f"Venue {self._name!r} can't follow {key}: {error!r}. Its orders there wait; open the venue again."
        self._exchange.feed.fail(VenueUnavailable(failed))

    async def _hear_book(self, book: OrderBook) -> None:
        self._prices.show(book)

    async def _hear_ticker(self, ticker: Ticker) -> None:
        if not self._exchange.works(ticker.instrument):
            return
        if self._prices.hear(ticker) and self._source.has_books:
            await self._prices.refresh(ticker.instrument)

    async def _hear_candles(self, candles: Candles) -> None:
        instrument = candles.instrument
        if len(candles) and int(candles.time[0]) > self._exchange.pit(instrument).played_ms:
            await self.catch_up(instrument)
        self._exchange.play(candles)
        if self._exchange.pit(instrument).waiting():
            await self._prices.refresh(instrument)
