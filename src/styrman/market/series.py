"""The shared candles of one (venue, instrument, time frame): loads the past, follows the stream, fills gaps, tells listeners."""

import asyncio
from collections.abc import Awaitable

from styrman.clock import Clock
from styrman.domain.market import Candles, from_ms, timeframe_ms
from styrman.errors import VenueError
from styrman.log import get_logger
from styrman.market.columns import Columns, after, before, empty, fill_gaps, merge
from styrman.market.feed import reading
from styrman.market.quotes import Quotes
from styrman.ports import CandleListener

PACE_LIMIT_S = 30.0  # a paced market waits no longer than this for its readers, per candle
_EAGER_TURNS = 50  # of the loop, before waiting for a busy reader begins to sleep
_PACE_POLL_S = 0.001
_SPARE = 3  # candles that may close between a gap and the answer to asking for it

log = get_logger()


class Series:
    """One series. `hold` before anything else; `session` is what the feed's task runs, over and over."""

    def __init__(self, quotes: Quotes, instrument: str, timeframe: str, clock: Clock) -> None:
        self.venue = quotes.venue.name
        self.instrument = instrument
        self.timeframe = timeframe
        self.readers = 0
        self.gaps_filled = 0
        self.late_ignored = 0
        self._quotes = quotes
        self._clock = clock
        self._step_ms = timeframe_ms(timeframe)
        self._columns = Columns(empty(instrument, timeframe), 0)
        self._listeners: dict[int, CandleListener] = {}
        self._loading = asyncio.Lock()
        self._failed: VenueError | None = None
        self._interrupted = False

    @property
    def candles(self) -> int:
        """How many closed candles it holds."""
        return len(self._columns)

    def tail(self, count: int) -> Candles:
        """Return the last `count` closed candles, fewer where there are fewer."""
        return self._columns.tail(count)

    def listen(self, listener: CandleListener) -> None:
        """Tell the listener of each close from now on."""
        self._listeners[id(listener)] = listener

    def unlisten(self, listener: CandleListener) -> None:
        """Stop telling it."""
        self._listeners.pop(id(listener), None)

    @property
    def staleness_s(self) -> float:
        """Wall seconds by which the next candle is overdue; 0 while it is not."""
        last = self._columns.last_time
        return 0.0 if last is None else self._quotes.overdue_s(from_ms(last + 2 * self._step_ms))

    async def hold(self, window: int) -> None:
        """Have at least `window` candles from now on, where the venue has them. VenueError. The first call opens the series."""
        if window <= self._columns.window:
            return  # the thousandth reader waits for nobody
        seen = self._failed
        async with self._loading:
            if window <= self._columns.window:
                return
            if self._failed is not seen and self._failed is not None:
                raise self._failed.with_traceback(None)
            try:
                await self._load(window)
            except VenueError as error:
                self._failed = error  # for those who waited too: a thousand bots must not try one after the other
                raise

    async def session(self) -> None:
        """Follow the stream until it ends or fails; after an interruption, begin with what was missed."""
        if self._interrupted:
            await self._take(after(await self._fetch(self._columns.window), self._columns.last_time))
        self._interrupted = True
        async with reading(self._quotes.venue.stream_candles(self.instrument, self.timeframe)) as stream:
            async for batch in stream:
                await self._take(await self._complete(batch))

    async def _load(self, window: int) -> None:
        fetched = await self._fetch(window)
        held = self.tail(self.candles)
        # What closed meanwhile is left to the stream: listeners must be told of it.
        past = before(fetched, int(held.time[0])) if len(held) else fetched
        self._columns = Columns(self._filled(merge(past, held), max(window, len(held))), window)

    def _fetch(self, limit: int) -> Awaitable[Candles]:
        return self._quotes.venue.fetch_candles(self.instrument, self.timeframe, limit)

    async def _complete(self, batch: Candles) -> Candles:
        """Return what is new in a batch, with what the venue has of the candles missing before it."""
        last = self._columns.last_time
        new = after(batch, last)
        self.late_ignored += len(batch) - len(new)
        if last is None or not len(new):
            return new
        span = round((int(new.time[-1]) - last) / self._step_ms)
        if span <= len(new):
            return new
        fetched = await self._fetch(min(self._columns.window, span + _SPARE))
        return merge(new, before(after(fetched, last), int(new.time[-1])))

    async def _take(self, new: Candles) -> None:
        """Append new candles one by one, gaps filled; tell everyone of each, and wait for them where the market is paced."""
        held = self.tail(1)
        complete = after(self._filled(merge(held, new), self._columns.window + len(new)), self._columns.last_time)
        for row in range(len(complete)):
            self._columns.append(complete[row : row + 1])
            closed_at = from_ms(int(complete.time[row]) + self._step_ms)
            listeners = tuple(self._listeners.values())
            for listener in listeners:
                listener.candle_closed(closed_at)
            if self._quotes.venue.capabilities.paced:
                await self._wait_for(listeners)
            elif row + 1 < len(complete):
                await asyncio.sleep(0)  # hours of missed candles, told to a thousand bots, must not hold the loop

    def _filled(self, candles: Candles, limit: int) -> Candles:
        complete = fill_gaps(candles, limit)
        self.gaps_filled += int(complete.filled.sum() - candles.filled.sum()) if len(complete) > len(candles) else 0
        return complete

    async def _wait_for(self, listeners: tuple[CandleListener, ...]) -> None:
        """Return once none of them is busy, or when the limit is over: one slow reader must not hold the market for ever."""
        deadline, turn = self._clock.monotonic() + PACE_LIMIT_S, 0
        for listener in listeners:
            while listener.is_busy():
                if self._clock.monotonic() >= deadline:
                    log.warning("market goes on without a busy reader", venue=self.venue, instrument=self.instrument, waited_s=PACE_LIMIT_S)
                    return
                await self._clock.sleep(0 if turn < _EAGER_TURNS else _PACE_POLL_S)
                turn += 1
