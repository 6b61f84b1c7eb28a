"""The market hub: one subscription per (venue, instrument, time frame) for all bots, one ticker stream per venue. Owns their tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from styrman.clock import Clock
from styrman.domain.market import Ticker
from styrman.errors import VenueRefused
from styrman.market.feed import keep_connected
from styrman.market.quotes import Quotes
from styrman.market.series import Series
from styrman.ports import CandleSeries, FeedHealth, Venue


class MarketHub:
    """`ports.MarketData` over open venues. A stream is read while somebody holds what comes from it."""

    def __init__(self, venues: Mapping[str, Venue], clock: Clock) -> None:
        self._venues = venues
        self._clock = clock
        self._quotes: dict[str, Quotes] = {}
        self._series: dict[tuple[str, str, str], Series] = {}
        self._feeds: dict[object, asyncio.Task[None]] = {}  # by the Quotes or Series that it feeds
        self._ending: set[asyncio.Task[None]] = set()

    async def acquire(self, venue: str, instrument: str, timeframe: str, *, window: int) -> CandleSeries:
        """Return the series, holding at least `window` closed candles where the venue has them. VenueError. Pair with `release`."""
        key = venue, instrument, timeframe
        series = self._series.get(key) or self._open(key)
        series.readers += 1
        try:
            await series.hold(window)
        except BaseException:
            self._leave(series)
            raise
        if series not in self._feeds:
            self._feed(series, f"feed:{venue}:{instrument}:{timeframe}", series.session)
        return series

    async def release(self, series: CandleSeries) -> None:
        """Give a series back; the last one out ends the subscription."""
        held = self._series.get((series.venue, series.instrument, series.timeframe))
        ended = self._leave(held) if held is series and held is not None else None
        if ended is not None:
            await asyncio.wait([ended])

    def ticker(self, venue: str, instrument: str) -> Ticker | None:
        """Return the last ticker seen; None before the first, and while nothing of the venue is held."""
        quotes = self._quotes.get(venue)
        return quotes.last.get(instrument) if quotes else None

    def watch(self, venue: str, callback: Callable[[Ticker], None]) -> Callable[[], None]:
        """Call back on the loop for each ticker of the venue; return what ends that. VenueRefused: no such venue."""
        quotes = self._use(venue)
        stop_telling = quotes.watch(callback)
        watching = True

        def unwatch() -> None:
            nonlocal watching
            if watching:
                watching = False
                stop_telling()
                self._let_go(quotes)

        return unwatch

    def health(self) -> Sequence[FeedHealth]:
        """Return how each open series does."""
        return [
            FeedHealth(
                venue=series.venue,
                instrument=series.instrument,
                timeframe=series.timeframe,
                readers=series.readers,
                candles=series.candles,
                staleness_s=series.staleness_s,
                gaps_filled=series.gaps_filled,
                late_ignored=series.late_ignored,
            )
            for series in self._series.values()
        ]

    async def close(self) -> None:
        """End every subscription."""
        for fed in tuple(self._feeds):
            self._end(fed)
        self._series.clear()
        self._quotes.clear()
        if self._ending:
            await asyncio.wait(self._ending)

    def _open(self, key: tuple[str, str, str]) -> Series:
        venue, instrument, timeframe = key
        series = self._series[key] = Series(self._use(venue), instrument, timeframe, self._clock)
        return series

    def _leave(self, series: Series) -> asyncio.Task[None] | None:
        """Count a reader out; return the feed's task where that was the last one and the feed is ending."""
        series.readers -= 1
        key = series.venue, series.instrument, series.timeframe
        if series.readers or self._series.get(key) is not series:
            return None
        del self._series[key]
        self._let_go(self._quotes[series.venue])
        return self._end(series)

    def _use(self, venue: str) -> Quotes:
        if venue not in self._venues:
            raise VenueRefused(f"No venue is called {venue!r}; configured are {', '.join(sorted(self._venues))}.")
        quotes = self._quotes.get(venue)
        if quotes is None:
            quotes = self._quotes[venue] = Quotes(self._venues[venue], self._clock)
            self._feed(quotes, f"tickers:{venue}", quotes.read)
        quotes.uses += 1
        return quotes

    def _let_go(self, quotes: Quotes) -> None:
        quotes.uses -= 1
        if not quotes.uses and self._quotes.get(quotes.venue.name) is quotes:
            del self._quotes[quotes.venue.name]
            self._end(quotes)

    def _feed(self, fed: object, name: str, session: Callable[[], Awaitable[None]]) -> None:
        self._feeds[fed] = asyncio.create_task(keep_connected(name, self._clock, session), name=name)

    def _end(self, fed: object) -> asyncio.Task[None] | None:
        task = self._feeds.pop(fed, None)
        if task is not None:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        return task
