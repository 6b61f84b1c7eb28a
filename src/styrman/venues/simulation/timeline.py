"""Market time: what it is now, and waiting for it. It runs at a speed of wall time, or turns a page when every reader has read the last."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from styrman.clock import Clock


class Reader(Protocol):
    """One who follows the market."""

    async def until(self, at_ms: int) -> None:
        """Return once the market has reached `at_ms`."""
        ...


class Timeline(Protocol):
    """Market time, and those who wait for it."""

    is_closed: bool
    on_turn: Callable[[], object]  # called by a paced market whenever it has gone on

    def now_ms(self) -> int:
        """Return the market time."""
        ...

    def reading(self, *, drives: bool) -> AbstractContextManager[Reader]:
        """Follow the market inside the block. A paced market goes on only where a reader drives it, and waits for all of them."""
        ...

    def close(self) -> None:
        """Let every reader end when it wakes; those of a paced market wake now."""
        ...


class WallTimeline:
    """market = where it was opened + wall time since then x speed. Waits for nobody."""

    def __init__(self, clock: Clock, *, market_ms: int, end_ms: int | None, speed: float) -> None:
        self._clock, self._speed, self._end_ms = clock, speed, end_ms
        self._opened_ms, self._opened_s = market_ms, clock.monotonic()
        self.is_closed = False
        self.on_turn: Callable[[], object] = lambda: None

    def now_ms(self) -> int:
        """Return the market time; it stands still at the market's end."""
        elapsed_ms = (self._clock.monotonic() - self._opened_s) * self._speed * 1000
        now = self._opened_ms + round(elapsed_ms)
        return now if self._end_ms is None else min(now, self._end_ms)

    @contextmanager
    def reading(self, *, drives: bool) -> Iterator[Reader]:
        """Follow the market inside the block."""
        del drives
        yield self

    def close(self) -> None:
        """Let sleepers end when they wake."""
        self.is_closed = True

    async def until(self, at_ms: int) -> None:
        """Sleep until the market is there."""
        while not self.is_closed and (ahead_ms := at_ms - self.now_ms()) > 0:
            await self._clock.sleep(ahead_ms / 1000 / self._speed)


class PacedTimeline:
    """Speed "max": the market turns to the next candle when every open reader waits for it, and stands where none drives it.

    `may_turn(next_ms)` may hold it back (what has happened isn't durable or told yet); call `turn` once that has changed.
    """

    def __init__(self, *, market_ms: int, end_ms: int | None, page_ms: int, may_turn: Callable[[int], bool]) -> None:
        self._now_ms, self._end_ms, self._page_ms, self._may_turn = market_ms, end_ms, page_ms, may_turn
        self._readers: set[_PacedReader] = set()
        self.on_turn: Callable[[], object] = lambda: None
        self.is_closed = False

    def now_ms(self) -> int:
        """Return the market time."""
        return self._now_ms

    @contextmanager
    def reading(self, *, drives: bool) -> Iterator[Reader]:
        """Follow the market inside the block."""
        reader = _PacedReader(self, drives=drives)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)
            self.turn()

    def close(self) -> None:
        """Wake every reader: it finds the market closed."""
        self.is_closed = True
        for reader in self._readers:
            reader.wake()

    def turn(self) -> None:
        """Go on by one candle if every reader waits, one of them drives, and nothing holds the market back."""
        next_ms = self._now_ms - self._now_ms % self._page_ms + self._page_ms
        ended = self.is_closed or (self._end_ms is not None and next_ms > self._end_ms)
        if ended or not self._is_awaited() or not self._may_turn(next_ms):
            return
        self._now_ms = next_ms
        self.on_turn()
        due = [reader for reader in self._readers if reader.due_ms <= next_ms]
        for reader in due:
            reader.wake()
        if not due:
            asyncio.get_running_loop().call_soon(self.turn)

    def _is_awaited(self) -> bool:
        return any(reader.drives for reader in self._readers) and all(reader.is_waiting for reader in self._readers)


class _PacedReader:
    """A reader of a paced market: waits, or reads."""

    def __init__(self, timeline: PacedTimeline, *, drives: bool) -> None:
        self.drives = drives
        self._timeline = timeline
        self.due_ms = 0
        self._woken: asyncio.Future[None] | None = None

    @property
    def is_waiting(self) -> bool:
        return self._woken is not None and not self._woken.done()

    def wake(self) -> None:
        """Let it read on."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def until(self, at_ms: int) -> None:
        """Wait until the market has been turned there; the last to wait turns it."""
        if self._timeline.is_closed or self._timeline.now_ms() >= at_ms:
            return
        self.due_ms, self._woken = at_ms, asyncio.get_running_loop().create_future()
        self._timeline.turn()
        try:
            await self._woken
        finally:
            self._woken = None
