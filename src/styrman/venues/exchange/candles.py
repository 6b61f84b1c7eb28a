"""An exchange's candles: fetched page by page, and followed by stream and clock together. Closed ones only, by the exchange's time.

The clock alone would do: a candle that has closed is asked for. The stream only makes that unnecessary as long as it lives, so
there is nothing to switch when it stalls. What a stream says of a candle counts only where it lived when that candle closed.
"""

import asyncio
import difflib
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from styrman.domain.market import Candles, timeframe_ms, to_ms
from styrman.errors import VenueError, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.candle_streams import CandleStreams, Key
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.readings import Readings, Row
from styrman.venues.exchange.waiting import alarm
from styrman.venues.exchange.wires import Wire
from styrman.venues.simulation.frames import bar_start

SETTLE_S = 1.0  # after a candle's close until it is asked for: the exchange has to finish it
STREAM_SETTLE_S = 3.0  # the same where the stream lives, and most likely tells it first
LONGEST_RETRY_S = 60.0
_PAGE = 100  # candles that every exchange gives at once
_MOST_MISSED = 1000  # candles fetched after a break; what came before them is a gap

log = get_logger()


class CandleReader:
    """Candles of one exchange. `traded` is told the last price that a stream shows."""

    def __init__(
        self,
        connection: Connection,
        readings: Readings,
        wire: Wire[Key] | None,
        streams: CandleStreams,
        *,
        traded: Callable[[str, Decimal], None],
    ) -> None:
        self._connection, self._readings = connection, readings
        self._wire, self._streams = wire, streams
        self._traded = traded

    async def fetch(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last. VenueRefused for what the exchange doesn't have."""
        step_ms = self.check(instrument, timeframe)
        rows = await self._newest(instrument, timeframe, limit + 1)
        now_ms = to_ms(self._connection.venue_now())
        if rows and rows[-1][0] + step_ms > now_ms:
            rows.pop()  # still open; those before it are closed, whatever the time: a later one has begun
        return Candles.from_rows(instrument, timeframe, rows).tail(limit)

    def check(self, instrument: str, timeframe: str) -> int:
        """Return the time frame's length in ms. VenueRefused where the exchange lacks it or the instrument; near matches are named."""
        name, rules = self._connection.name, self._connection.rules
        if instrument not in rules:
            near = difflib.get_close_matches(instrument, rules, n=3) or sorted(rules)[:3]
            raise VenueRefused(f"Venue {name!r} does not trade {instrument}; near are: {', '.join(near)}.")
        frames = self._connection.exchange.timeframes or {}
        if timeframe not in frames:
            raise VenueRefused(f"Venue {name!r} has no candles of {timeframe!r}; there are: {', '.join(frames)}.")
        return timeframe_ms(timeframe)

    async def stream(self, instrument: str, timeframe: str) -> AsyncGenerator[Candles, None]:
        """Yield the candles that close from this call on: in order, each once; what a broken stream missed is fetched."""
        step_ms = self.check(instrument, timeframe)
        follower = _Follower(self, instrument, timeframe, step_ms)
        key, stirred = (instrument, timeframe), asyncio.Event()
        leave = self._wire.listen(key, stirred.set) if self._wire else lambda: None
        try:
            while True:
                async with alarm(self._connection.clock, stirred, follower.wait_s()):
                    await stirred.wait()
                stirred.clear()
                fresh = follower.heard()
                if fresh is None and follower.wait_s() <= 0:
                    fresh = await follower.asked()
                if fresh is not None and len(fresh):
                    follower.took(fresh)
                    yield fresh
        finally:
            leave()

    # ------------------------------------------------------------ for the follower

    @property
    def connection(self) -> Connection:
        """Where the candles come from."""
        return self._connection

    def live_since(self, key: Key) -> datetime | None:
        """Return since when the stream missed nothing; None where it does not live."""
        return self._wire.live_since(key) if self._wire else None

    def streamed(self, key: Key, after_ms: int) -> tuple[list[Row], int]:
        """Return the rows that ccxt kept of what opened after `after_ms`, and the open of the last one that was called closed."""
        kept = self._streams.rows(key)
        newer: list[object] = []
        for index in range(len(kept) - 1, -1, -1):
            row = kept[index]
            if not isinstance(row, list) or not row or not isinstance(row[0], int | float) or row[0] <= after_ms:
                break
            newer.append(list(row))
        return self._readings.rows(key[0], newer), self._streams.closed.get(key, 0)

    def tell_price(self, instrument: str, row: Row) -> None:
        """Pass on what the newest candle of a living stream closes at so far: the last price."""
        self._traded(instrument, Decimal(str(row[4])))

    # ------------------------------------------------------------ pages

    def _page(self, instrument: str) -> int:
        found = self._connection.exchange.feature_value(instrument, "fetchOHLCV", "limit")
        return found if isinstance(found, int) and found > 1 else _PAGE

    async def _newest(self, instrument: str, timeframe: str, count: int) -> list[Row]:
        """Return the newest rows, page by page back in time, as many as asked for or as there are."""
        step_ms, page = timeframe_ms(timeframe), self._page(instrument)
        rows = await self._ask(instrument, timeframe, None, min(count, page))
        while rows and len(rows) < count:
            oldest_ms = rows[0][0]
            earlier = await self._ask(instrument, timeframe, oldest_ms - page * step_ms, page)
            found = [row for row in earlier if row[0] < oldest_ms]
            if not found:
                break
            rows = found + rows
        return rows

    async def _ask(self, instrument: str, timeframe: str, since_ms: int | None, limit: int) -> list[Row]:
        table = await self._connection.call("fetch_ohlcv", instrument, timeframe, since_ms, limit)
        if not isinstance(table, list):
            self._readings.refuse("candles", instrument, table)
            raise VenueUnavailable(f"Venue {self._connection.name!r} sent candles of {instrument} that make no sense; ask again later.")
        return self._readings.rows(instrument, table)


class _Follower:
    """How far one reader has come in one series, and when it has to ask."""

    def __init__(self, reader: CandleReader, instrument: str, timeframe: str, step_ms: int) -> None:
        self._reader = reader
        self._key = instrument, timeframe
        self._step_ms = step_ms
        self._clock = reader.connection.clock
        self._last_ms = bar_start(to_ms(reader.connection.venue_now()), step_ms) - step_ms  # opened then, closed already
        self._newest_ms = self._last_ms  # of what the stream has shown, closed or not
        self._session: datetime | None = None  # the stream's, and the first candle it told of
        self._first_ms = 0
        self._missed = False  # the stream has shown that candles closed while it did not live
        self._failures = 0
        self._asked_at = 0.0

    def took(self, fresh: Candles) -> None:
        """Note what was handed over."""
        self._last_ms = int(fresh.time[-1])
        self._missed = False
        self._failures = 0

    def wait_s(self) -> float:
        """Return how long there is nothing to ask for: the stream may yet tell, or the candle has not closed."""
        settle_s = SETTLE_S if self._reader.live_since(self._key) is None else STREAM_SETTLE_S
        due = timedelta(milliseconds=self._last_ms + 2 * self._step_ms) + timedelta(seconds=settle_s)
        now = timedelta(milliseconds=to_ms(self._reader.connection.venue_now()))
        wait_s = 0.0 if self._missed else (due - now).total_seconds()
        if self._failures:
            wait_s = max(wait_s, self._asked_at + min(LONGEST_RETRY_S, 2.0**self._failures) - self._clock.monotonic())
        return max(0.0, wait_s)

    def heard(self) -> Candles | None:
        """Return what closed according to the stream; None where it can't tell, because it did not live all the time.

        Whether it did is read from the candles, not from the clock: a testnet's market may run faster than the wall's time.
        """
        session = self._reader.live_since(self._key)
        rows, closed_ms = self._reader.streamed(self._key, self._last_ms)
        if session is None or not rows:
            return None
        self._newest_ms = rows[-1][0]
        if session != self._session:
            self._session, self._first_ms = session, self._newest_ms
        self._reader.tell_price(self._key[0], rows[-1])
        if self._first_ms > self._last_ms + self._step_ms:
            self._missed = True
            return None
        done = rows[:-1] + [row for row in rows[-1:] if row[0] <= closed_ms]
        return Candles.from_rows(*self._key, done) if done else None

    async def asked(self) -> Candles:
        """Ask for what has closed. What can't be had now is asked for again, after a while that grows; VenueRefused is final."""
        reached_ms = max(self._newest_ms, to_ms(self._reader.connection.venue_now()))
        missing = (reached_ms - self._last_ms) // self._step_ms
        self._asked_at = self._clock.monotonic()
        self._failures = min(self._failures + 1, 10)
        try:
            fetched = await self._reader.fetch(*self._key, min(missing + 1, _MOST_MISSED))
        except VenueRefused:
            raise
        except VenueError as error:
            if self._failures == 1:
                log.warning("candles could not be fetched; trying again", venue=self._reader.connection.name, feed=self._key, error=error)
            fetched = Candles.from_rows(*self._key, ())
        return fetched[int((fetched.time <= self._last_ms).sum()) :]
