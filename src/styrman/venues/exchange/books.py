"""An exchange's order books: fetched, and followed by stream; polled while the stream does not live. Quantities in base."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from styrman.domain.market import OrderBook, from_ms
from styrman.errors import VenueError, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.readings import Readings, is_table
from styrman.venues.exchange.sockets import Pace, reset_silent

DEPTH = 50  # levels of a side that are handed over
POLL_S = 2.0
STALL_S = 60.0
LAST_RETRY_S = 60.0

log = get_logger()


class Books:
    """The order books of one exchange."""

    def __init__(self, connection: Connection, readings: Readings, pace: Pace, *, poll_s: float = POLL_S, stall_s: float = STALL_S) -> None:
        self._connection, self._readings, self._pace = connection, readings, pace
        self._clock = connection.clock
        self._poll_s, self._stall_s = poll_s, stall_s

    async def fetch(self, instrument: str) -> OrderBook:
        """Return the order book now. VenueRefused for an instrument there isn't, VenueUnavailable for a book that makes no sense."""
        self._check(instrument)
        return self._read(instrument, await self._connection.call("fetch_order_book", instrument))

    async def stream(self, instrument: str) -> AsyncIterator[OrderBook]:
        """Yield the book whenever it has changed."""
        self._check(instrument)
        failures, retry_at, told = 0, self._clock.monotonic(), None
        while True:
            is_due = self._connection.has("watchOrderBook") and self._clock.monotonic() >= retry_at
            try:
                book = await (self._watch(instrument, is_new=failures > 0 or told is None) if is_due else self.fetch(instrument))
                failures = 0 if is_due else failures
            except VenueRefused:
                raise
            except VenueError as error:
                if not failures:
                    log.warning(
                        "order book lost; polling until its stream lives again",
                        venue=self._connection.name,
                        instrument=instrument,
                        error=error,
                    )
                failures += 1
                retry_at = self._clock.monotonic() + min(LAST_RETRY_S, 2.0 ** min(failures, 10)) if is_due else retry_at
                book = None
            if book is not None and (told is None or (book.bids, book.asks) != (told.bids, told.asks)):
                told = book
                yield book
            if not is_due:
                await self._clock.sleep(self._poll_s)

    async def _watch(self, instrument: str, *, is_new: bool) -> OrderBook:
        if is_new:
            await self._pace.turn()
        try:
            async with asyncio.timeout(self._stall_s):
                return self._read(instrument, await self._connection.watch("watch_order_book", instrument))
        except TimeoutError:
            reset_silent(self._connection, [instrument], self._stall_s)
            raise VenueUnavailable(f"the order book of {instrument} was silent for {self._stall_s:g} s") from None

    def _check(self, instrument: str) -> None:
        if instrument not in self._connection.rules:
            raise VenueRefused(f"Venue {self._connection.name!r} does not trade {instrument}; name one of its instruments.")

    def _read(self, instrument: str, raw: object) -> OrderBook:
        if not is_table(raw):
            self._readings.refuse("order book", instrument, raw)
            raise VenueUnavailable(f"Venue {self._connection.name!r} sent an order book of {instrument} that makes no sense.")
        size = self._connection.listings[instrument].contract_size
        bids, asks = (self._readings.levels(instrument, raw.get(side), DEPTH, size) for side in ("bids", "asks"))
        if bids and asks and bids[0][0] >= asks[0][0]:
            self._readings.refuse("crossed book", instrument, (bids[0], asks[0]))
            raise VenueUnavailable(f"Venue {self._connection.name!r} sent an order book of {instrument} whose bids are above its asks.")
        return OrderBook(instrument, bids, asks, self._time(raw))

    def _time(self, raw: Mapping[str, object]) -> datetime:
        stamp, now = raw.get("timestamp"), self._connection.venue_now()
        return min(now, from_ms(int(stamp))) if isinstance(stamp, int | float) and stamp > 0 else now
