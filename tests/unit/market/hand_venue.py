"""A venue whose market a test moves by hand: candles close, get lost, streams break."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from styrman.clock import ManualClock
from styrman.domain.market import Candles, Ticker, from_ms
from styrman.errors import VenueError, VenueRefused, VenueUnavailable
from styrman.ports import Capabilities, Mode, Venue

MINUTE_MS = 60_000
START_MS = 1_767_225_600_000
BTC = "BTC/USDT"


class HandVenue:
    """Minute candles that close at the price of their number."""

    name = "hand"
    mode = Mode.SIMULATED

    def __init__(self, *, paced: bool = False, speed: float = 1.0, clock: ManualClock | None = None) -> None:
        self.capabilities = replace(Capabilities(), paced=paced)
        self.closed = list(range(-20, 0))
        self.fetches: list[int] = []
        self.opened: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.refusal: VenueError | None = None
        self.answer = asyncio.Event()
        self.answer.set()
        self.taken = 0
        self._clock = clock or ManualClock()
        self._speed = speed
        self._streams: set[asyncio.Queue[Candles | None]] = set()
        self._tickers: asyncio.Queue[Ticker | None] = asyncio.Queue()

    def as_venue(self) -> Venue:
        return cast("Venue", self)  # it has what the hub reads, and takes no orders

    def market_time(self) -> datetime:
        return from_ms(START_MS) + timedelta(seconds=self._clock.monotonic()) * self._speed

    def close_candle(self, *minutes: int, told: bool = True) -> None:
        """Close candles; where they are not told, only asking brings them to light."""
        self.closed = sorted({*self.closed, *minutes})
        for stream in self._streams if told else ():
            stream.put_nowait(rows(*minutes))

    def break_streams(self) -> None:
        for stream in self._streams:
            stream.put_nowait(None)

    def quote(self, bid: str) -> None:
        price = Decimal(bid)
        self._tickers.put_nowait(Ticker(BTC, price, price, price, datetime(2026, 1, 1, tzinfo=UTC)))

    def break_tickers(self) -> None:
        self._tickers.put_nowait(None)

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        self.fetches.append(limit)
        await self.answer.wait()
        if self.refusal is not None:
            raise self.refusal
        if instrument != BTC:
            raise VenueRefused(f"no {instrument}")
        assert timeframe == "1m"
        return rows(*self.closed[-limit:])

    async def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        stream: asyncio.Queue[Candles | None] = asyncio.Queue()
        self._streams.add(stream)
        key = f"{instrument} {timeframe}"
        self.opened[key] += 1
        self.open[key] += 1
        try:
            while (batch := await stream.get()) is not None:
                self.taken += 1
                yield batch
        finally:
            self._streams.discard(stream)
            self.open[key] -= 1
        raise VenueUnavailable("the stream broke")

    async def stream_tickers(self) -> AsyncIterator[Ticker]:
        self.opened["tickers"] += 1
        self.open["tickers"] += 1
        try:
            while (ticker := await self._tickers.get()) is not None:
                yield ticker
        finally:
            self.open["tickers"] -= 1


class Listener:
    """Notes every close; busy where a test says so."""

    def __init__(self) -> None:
        self.minutes: list[int] = []
        self.busy = False

    def candle_closed(self, closed_at: datetime) -> None:
        self.minutes.append(round((closed_at.timestamp() * 1000 - START_MS) / MINUTE_MS) - 1)

    def is_busy(self) -> bool:
        return self.busy


def rows(*minutes: int) -> Candles:
    table = [(START_MS + minute * MINUTE_MS, minute, minute, minute, minute, 1) for minute in minutes]
    return Candles.from_rows(BTC, "1m", table)


def minutes_of(candles: Candles) -> list[int]:
    return [int((time - START_MS) // MINUTE_MS) for time in candles.time]
