"""An exchange's best prices: of the instruments that somebody watches, put together from what tells of them, streamed or polled.

Which streams: complete tickers where they are prompt; else the best prices, with the last price from the candle stream. What no
stream has told of lately is polled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from styrman.domain.market import Ticker, from_ms
from styrman.errors import VenueError, VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.readings import Readings, is_table
from styrman.venues.exchange.waiting import alarm
from styrman.venues.exchange.wires import Wire

POLL_S = 5.0
LAST_PRICE_S = 10.0  # a last price that only candles tell of is polled after this without one
_GATHER_S = 0.1  # who begins to be watched within so long of another is polled with it

log = get_logger()


@dataclass(slots=True, eq=False)
class _Quote:
    """What is known of one instrument's prices."""

    uses: int = 0
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    quoted_at: float = float("-inf")
    traded_at: float = float("-inf")
    told: Ticker | None = None
    leave: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Reader:
    """Somebody who reads the stream: of each instrument the newest, so that who is slow falls behind in nothing."""

    pending: dict[str, Ticker] = field(default_factory=dict)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)


class Prices:
    """The watched instruments' prices."""

    def __init__(self, connection: Connection, readings: Readings, *, poll_s: float = POLL_S) -> None:
        self._connection, self._readings = connection, readings
        self._clock = connection.clock
        self._poll_s = poll_s
        self._quotes: dict[str, _Quote] = {}
        self._readers: set[_Reader] = set()
        self._wires: tuple[Wire[str], ...] = ()  # the one that is used, and the one that completes it
        self._polling: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    def use(self, *wires: Wire[str]) -> None:
        """Take prices from the first wire; what it lacks of the best prices, from the second."""
        self._wires = wires

    def watch(self, instrument: str) -> Callable[[], None]:
        """Have the instrument's prices told from now on; return what ends that, which may be called twice."""
        quote = self._quotes.setdefault(instrument, _Quote())
        quote.uses += 1
        if quote.uses == 1 and self._wires:
            quote.leave = [self._wires[0].listen(instrument, _nothing)]
        self._wanted.set()
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll(), name=f"venue:{self._connection.name}:prices")
        watching = True

        def unwatch() -> None:
            nonlocal watching
            if watching:
                watching = False
                self._unwatch(instrument, quote)

        return unwatch

    async def stream(self) -> AsyncIterator[Ticker]:
        """Yield each change, beginning with what is known; who is slow gets the newest of each instrument."""
        reader = _Reader({name: quote.told for name, quote in self._quotes.items() if quote.told is not None})
        if reader.pending:
            reader.stirred.set()
        self._readers.add(reader)
        try:
            while True:
                await reader.stirred.wait()
                reader.stirred.clear()
                batch, reader.pending = reader.pending, {}
                for ticker in batch.values():
                    yield ticker
        finally:
            self._readers.discard(reader)

    async def fetch(self, instrument: str) -> Ticker:
        """Return the prices of now. VenueUnavailable where the exchange has no bid, no ask, or nothing ever traded."""
        quote = _Quote()
        self._note(instrument, quote, await self._connection.call("fetch_ticker", instrument))
        if quote.bid is None or quote.ask is None:
            book = await self._connection.call("fetch_order_book", instrument)
            sides = ("bids", "asks") if is_table(book) else ()
            best = [self._readings.levels(instrument, book[side], 1, Decimal(1)) for side in sides]
            quote.bid, quote.ask = (level[0][0] if level else None for level in best or ((), ()))
        ticker = self._ticker(instrument, quote, self._connection.venue_now())
        if ticker is None:
            raise VenueUnavailable(f"{instrument} has no best prices at venue {self._connection.name!r} now; ask again later.")
        return ticker

    def told(self, instrument: str, ticker: object) -> None:
        """Take a ticker or best prices as ccxt gives them."""
        quote = self._quotes.get(instrument)
        if quote is None:
            return
        self._note(instrument, quote, ticker)
        if (quote.bid is None or quote.ask is None) and len(quote.leave) < len(self._wires):  # a ticker without best prices (Bybit's spot)
            quote.leave.append(self._wires[1].listen(instrument, _nothing))
        self._publish(instrument, quote, _time_of(ticker))

    def traded(self, instrument: str, price: Decimal) -> None:
        """Take a last price from elsewhere."""
        quote = self._quotes.get(instrument)
        if quote is not None:
            quote.last, quote.traded_at = price, self._clock.monotonic()
            self._publish(instrument, quote, None)

    async def close(self) -> None:
        """End the polling."""
        polling, self._polling = self._polling, None
        self._quotes.clear()
        if polling is not None:
            polling.cancel()
            await asyncio.wait({polling})

    def _unwatch(self, instrument: str, quote: _Quote) -> None:
        quote.uses -= 1
        if quote.uses or self._quotes.get(instrument) is not quote:
            return
        del self._quotes[instrument]
        for leave in quote.leave:
            leave()

    def _note(self, instrument: str, quote: _Quote, ticker: object) -> None:
        found = self._readings.quote(instrument, ticker)
        if found is None:
            return
        bid, ask, last = found
        now = self._clock.monotonic()
        if bid is not None and ask is not None:
            quote.bid, quote.ask, quote.quoted_at = bid, ask, now
        if last is not None:
            quote.last, quote.traded_at = last, now

    def _publish(self, instrument: str, quote: _Quote, told_at: datetime | None) -> None:
        now = self._connection.venue_now()
        ticker = self._ticker(instrument, quote, min(told_at, now) if told_at else now)
        before = quote.told
        if ticker is None or (before and (before.bid, before.ask, before.last) == (ticker.bid, ticker.ask, ticker.last)):
            return
        quote.told = ticker
        for reader in self._readers:
            reader.pending[instrument] = ticker
            reader.stirred.set()

    def _ticker(self, instrument: str, quote: _Quote, at: datetime) -> Ticker | None:
        if quote.bid is None or quote.ask is None or quote.last is None:
            return None
        return Ticker(instrument, quote.bid, quote.ask, quote.last, at)

    # ------------------------------------------------------------ polling what no stream tells

    async def _poll(self) -> None:
        failures = 0
        while self._quotes:
            async with alarm(self._clock, self._wanted, self._poll_s * 2.0**failures):
                await self._wanted.wait()
            await self._clock.sleep(_GATHER_S)
            self._wanted.clear()
            try:
                await self._ask(self._stale())
                failures = 0
            except VenueError as error:
                say = log.info if failures else log.warning
                say("prices could not be fetched; trying again", venue=self._connection.name, error=error)
                failures = min(failures + 1, 4)

    def _stale(self) -> list[str]:
        """Return the instruments whose prices no stream keeps fresh."""
        now = self._clock.monotonic()
        return [name for name, quote in self._quotes.items() if not self._is_quoted(name, quote, now) or not self._is_traded(quote, now)]

    def _is_quoted(self, instrument: str, quote: _Quote, now: float) -> bool:
        is_live = any(wire.live_since(instrument) is not None for wire in self._wires)
        return quote.bid is not None and (is_live or now - quote.quoted_at < self._poll_s)

    def _is_traded(self, quote: _Quote, now: float) -> bool:
        return now - quote.traded_at < max(LAST_PRICE_S, self._poll_s)

    async def _ask(self, instruments: Sequence[str]) -> None:
        if not instruments:
            return
        if self._connection.has("fetchTickers"):
            answer = await self._connection.call("fetch_tickers", list(instruments))
            answers = answer if is_table(answer) else {}
        else:
            answers = {name: await self._connection.call("fetch_ticker", name) for name in instruments}
        for name in instruments:
            if name in answers:
                self.told(name, answers[name])
        bare = [name for name in instruments if (quote := self._quotes.get(name)) and quote.bid is None]
        if bare and self._connection.has("fetchBidsAsks"):
            best = await self._connection.call("fetch_bids_asks", bare)
            for name in bare:
                self.told(name, best[name] if is_table(best) and name in best else {})


def _time_of(ticker: object) -> datetime | None:
    stamp = ticker.get("timestamp") if is_table(ticker) else None
    return from_ms(int(stamp)) if isinstance(stamp, int | float) and stamp > 0 else None


def _nothing() -> None:
    """What a wire tells comes through its source."""
