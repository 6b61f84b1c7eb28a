"""The pulse wakes bots: at their interval, at a candle's close, at a fill. One of them serves all bots.

Whoever is due takes a turn, but no more of them within one turn of the event loop than it can bear: a thousand bots at one
candle close must not keep an API call waiting. The share follows from what turns have cost lately. Due times lie in a timing
wheel (Varghese and Lauck, 1987): ten thousand of them cost no more each than one.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from styrman.clock import Clock

GRID_S = 0.005  # a bucket of the wheel: bots due within it are woken together
BUDGET_S = 0.002  # of the loop's own processor time for the bots of one turn; an answer waits for two or three turns
MOST_AT_ONCE = 256
LONGEST_SLEEP_S = 0.05  # whoever is added meanwhile is late by no more than this
NEAR_BUCKETS = int(LONGEST_SLEEP_S / GRID_S)


class Sleeper(Protocol):
    """Who waits for a turn."""

    def turn(self, late_s: float) -> None:
        """Go on; `late_s` is by how much the turn came after it was due. Return at once."""
        ...


@dataclass(slots=True, eq=False)
class _Entry:
    sleeper: Sleeper
    due: float
    every_s: float  # 0: once


class Pulse:
    """The queue of turns."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wheel: dict[int, list[_Entry]] = {}
        self._reached = 0  # the last bucket that was served
        self._intervals: dict[Sleeper, _Entry] = {}
        self._queue: deque[tuple[float, Sleeper]] = deque()
        self._queued: set[Sleeper] = set()
        self._draining = False
        self._cost_s = BUDGET_S / 8  # what a bot's turn costs, learnt: quickly upwards, slowly downwards
        self._released = 0  # bots that the last drain gave a turn
        self._turned_at = 0.0
        self._added = asyncio.Event()

    def every(self, sleeper: Sleeper, every_s: float, *, phase: float) -> None:
        """Give the sleeper a turn every `every_s` seconds from `phase` (in [0, 1)) of an interval on; a missed turn is skipped."""
        entry = _Entry(sleeper, self._clock.monotonic() + phase * every_s, every_s)
        self._intervals[sleeper] = entry
        self._put(entry)

    def once(self, sleeper: Sleeper, after_s: float) -> None:
        """Give the sleeper one turn after a while, beside its interval."""
        self._put(_Entry(sleeper, self._clock.monotonic() + after_s, 0.0))

    def forget(self, sleeper: Sleeper) -> None:
        """End the sleeper's interval. A turn that is under way may still come."""
        self._intervals.pop(sleeper, None)

    def wake(self, sleeper: Sleeper) -> None:
        """Give the sleeper a turn as soon as the loop can bear it."""
        self._enqueue(self._clock.monotonic(), sleeper)
        self._schedule()

    @property
    def backlog(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    async def run(self) -> None:
        """Serve the intervals for ever. Runs as the task `pulse`."""
        while True:
            if not self._wheel:
                self._added.clear()
                await self._added.wait()
            await self._clock.sleep(self._pause_s())
            self._collect(self._clock.monotonic())

    def _put(self, entry: _Entry) -> None:
        bucket = max(int(entry.due / GRID_S) + 1, self._reached + 1)
        self._wheel.setdefault(bucket, []).append(entry)
        self._added.set()

    def _pause_s(self) -> float:
        """Return the seconds until the next bucket that holds anything, or the longest sleep."""
        now = self._clock.monotonic()
        first = int(now / GRID_S)
        for bucket in range(first, first + NEAR_BUCKETS):
            if bucket in self._wheel:
                return max(bucket * GRID_S - now, 0.001)
        return LONGEST_SLEEP_S

    def _collect(self, now: float) -> None:
        reached = int(now / GRID_S)
        for bucket in self._buckets(reached):
            for entry in self._wheel.pop(bucket, ()):
                self._take(entry, now)
        self._reached = max(self._reached, reached)
        if self._queue:
            self._schedule()

    def _buckets(self, reached: int) -> Iterable[int]:
        """Return the buckets that are due, in order; after a long pause they are fewer than the numbers in between."""
        if reached - self._reached <= len(self._wheel):
            return range(self._reached + 1, reached + 1)
        return sorted(bucket for bucket in self._wheel if bucket <= reached)

    def _take(self, entry: _Entry, now: float) -> None:
        if entry.every_s:
            if self._intervals.get(entry.sleeper) is not entry:
                return  # forgotten, or given another interval
            self._enqueue(entry.due, entry.sleeper)
            entry.due += entry.every_s * (int((now - entry.due) // entry.every_s) + 1)
            self._wheel.setdefault(int(entry.due / GRID_S) + 1, []).append(entry)
        else:
            self._enqueue(entry.due, entry.sleeper)

    def _enqueue(self, due: float, sleeper: Sleeper) -> None:
        """Put a sleeper in the queue once: who waits for a turn already gets no second one."""
        if sleeper not in self._queued:
            self._queued.add(sleeper)
            self._queue.append((due, sleeper))

    def _schedule(self) -> None:
        if not self._draining:
            self._draining = True
            self._released = 0  # what the loop did since has nothing to do with the last ones
            self._turned_at = time.thread_time()
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        """Give the next few their turns; they run before this is called again."""
        self._learn()
        now = self._clock.monotonic()
        self._released = min(max(1, min(int(BUDGET_S / self._cost_s), MOST_AT_ONCE)), len(self._queue))
        for _ in range(self._released):
            due, sleeper = self._queue.popleft()
            self._queued.discard(sleeper)
            sleeper.turn(now - due)
        self._draining = bool(self._queue)
        if self._draining:
            asyncio.get_running_loop().call_soon(self._drain)

    def _learn(self) -> None:
        """Learn from the time since the last drain what the turns that it gave have cost."""
        used = time.thread_time()
        spent, self._turned_at = used - self._turned_at, used
        if self._released:
            cost_s = spent / self._released
            self._cost_s += (cost_s - self._cost_s) * (0.5 if cost_s > self._cost_s else 0.1)
