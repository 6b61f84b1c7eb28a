"""What a reader sees of the market: its history, its candles as they close, its prices as they change. Nothing before its time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator

from styrman.domain.market import Candles, Ticker, from_ms
from styrman.venues.simulation.frames import bar_after, bar_start, joined
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.quotes import Quote
from styrman.venues.simulation.timeline import Timeline

_SLICE_MS = 4 * 86_400_000  # of history made between two turns of the loop
_BULK = 1440  # candles handed over at once to a reader far behind
_MISSED_STEPS = 8  # prices older than this are not told to a reader far behind


def as_ticker(instrument: str, quote: Quote) -> Ticker:
    """Return a quote as its reader knows it."""
    return Ticker(instrument, quote.bid, quote.ask, quote.last, from_ms(quote.at_ms))


class MarketView:
    """The market as its readers see it, and which instruments are read."""

    def __init__(self, market: Market, timeline: Timeline) -> None:
        self._market, self._timeline = market, timeline
        self._readers: Counter[str] = Counter()

    @property
    def watched(self) -> set[str]:
        """The instruments with an open candle stream."""
        return {name for name, readers in self._readers.items() if readers}

    async def history(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last, making room for others while it works."""
        frame_ms = self._market.frame_ms(instrument, timeframe)
        end = bar_start(self._timeline.now_ms(), frame_ms)
        begin = max(end - limit * frame_ms, self._market.history_ms(instrument, frame_ms))
        slice_ms = max(frame_ms, _SLICE_MS - _SLICE_MS % frame_ms)
        parts = []
        for start in range(bar_start(begin, frame_ms), end, slice_ms):
            parts.append(self._market.closed(instrument, timeframe, max(begin, start), min(end, start + slice_ms)))
            await asyncio.sleep(0)
        return joined(instrument, timeframe, parts)

    def candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield the candles that close from this call on."""
        frame_ms = self._market.frame_ms(instrument, timeframe)
        return self._candles(instrument, timeframe, frame_ms, bar_start(self._timeline.now_ms(), frame_ms))

    async def tickers(self, more: Callable[[], set[str]]) -> AsyncIterator[Ticker]:
        """Yield each change of the prices of what is watched or in `more`, beginning with those of now."""
        told: dict[str, Quote] = {}
        step_ms = self._market.step_ms
        after_ms = self._timeline.now_ms() - step_ms
        with self._timeline.reading(drives=False) as reader:
            while not self._timeline.is_closed:
                now_ms = self._timeline.now_ms()
                for instrument, quote in self._quotes(self.watched | more(), after_ms, now_ms):
                    if _differs(quote, told.get(instrument)):
                        told[instrument] = quote
                        yield as_ticker(instrument, quote)
                after_ms = now_ms
                await reader.until(bar_after(now_ms + 1, step_ms))

    async def _candles(self, instrument: str, timeframe: str, frame_ms: int, after_ms: int) -> AsyncIterator[Candles]:
        self._readers[instrument] += 1
        try:
            with self._timeline.reading(drives=True) as reader:
                while not self._timeline.is_closed:
                    until_ms = min(bar_start(self._timeline.now_ms(), frame_ms), after_ms + _BULK * frame_ms)
                    candles = self._market.closed(instrument, timeframe, after_ms, until_ms)
                    after_ms = until_ms
                    if len(candles):
                        yield candles
                    await reader.until(after_ms + frame_ms)
        finally:
            self._readers[instrument] -= 1

    def _quotes(self, instruments: set[str], after_ms: int, now_ms: int) -> Iterator[tuple[str, Quote]]:
        """Yield the steps since the last look, but not those long past."""
        after_ms = max(after_ms, now_ms - _MISSED_STEPS * self._market.step_ms)
        for instrument in sorted(instruments):
            for quote in self._market.steps(instrument, after_ms, now_ms):
                yield instrument, quote


def _differs(quote: Quote, told: Quote | None) -> bool:
    return told is None or (quote.bid, quote.ask, quote.last) != (told.bid, told.ask, told.last)
