"""Time as the core sees it. The core never asks `datetime.now()` or `asyncio.sleep`: it asks a `Clock`, which tests drive by hand."""

import asyncio
import heapq
import itertools
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta


class Clock(ABC):
    """Wall time, a monotonic time for spans, and sleeping. Market time is a venue's, never a clock's."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Return seconds on a clock that never steps; only differences mean anything."""

    @abstractmethod
    async def sleep(self, delay_s: float) -> None:
        """Return after `delay_s` seconds; at the next turn of the loop where it is zero or less."""

    def timestamp(self) -> float:
        """Return the wall time in seconds since the epoch."""
        return self.now().timestamp()


class SystemClock(Clock):
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(max(0.0, delay_s))

    def timestamp(self) -> float:
        """Return the wall time in seconds since the epoch."""
        return time.time()


class ManualClock(Clock):
    """A clock that stands still until `advance` moves it. Sleepers wake in the order of their due times."""

    # Turns of the loop given to woken tasks before time moves on; a chain of awaits longer than this needs `settle`.
    TURNS = 25

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """Return the time that the test has reached."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Return the seconds advanced so far."""
        return self._elapsed_s

    async def sleep(self, delay_s: float) -> None:
        """Wait until `advance` has passed the due time."""
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_s + delay_s, next(self._order), woken))
        await woken

    async def advance(self, span_s: float) -> None:
        """Move time on by `span_s` seconds, waking each sleeper at its own moment and letting it run before the next."""
        target = self._elapsed_s + span_s
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, woken = heapq.heappop(self._sleepers)
            self._elapsed_s = max(self._elapsed_s, due)
            if not woken.done():
                woken.set_result(None)
                await self.settle()
        self._elapsed_s = target
        await self.settle()

    async def settle(self) -> None:
        """Let every ready task run for a few turns of the loop, without moving time."""
        for _ in range(self.TURNS):
            await asyncio.sleep(0)
