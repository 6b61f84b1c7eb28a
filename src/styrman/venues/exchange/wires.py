"""Streams of ccxt.pro for a changing set of keys, kept up for ever: many keys in one request, connected anew with backoff.

A wire says who was heard and since when without a break. It hands nothing over: its readers look into what ccxt has kept.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Coroutine, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from styrman.errors import VenueError, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.sockets import Pace, reset_silent

K = TypeVar("K", bound=Hashable)

STALL_S = 60.0
GATHER_S = 0.05  # who begins within so long of another is asked for in the same request
LINGER_S = 30.0  # a key that nobody reads is given up after this: somebody may come back
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 30.0
REFUSED_RETRY_S = 300.0

log = get_logger()


class Source(Protocol[K]):
    """One kind of stream."""

    name: str
    at_once: int  # keys in one request

    async def watch(self, keys: Sequence[K]) -> Collection[K]:
        """Wait for the next message of any of the keys; return all who were heard. Asking again asks the exchange for nothing."""
        ...

    async def forget(self, keys: Sequence[K]) -> None:
        """Take the subscriptions back, where that can be done."""
        ...

    def instrument(self, key: K) -> str:
        """Return whose stream it is."""
        ...


@dataclass(slots=True, eq=False)
class _Line:
    """One key."""

    told: dict[object, Callable[[], None]] = field(default_factory=dict)
    live_since: datetime | None = None  # the venue's time; None: not heard since it was (re)connected
    heard_at: float = 0.0


@dataclass(slots=True, eq=False)
class _Chunk(Generic[K]):
    """Keys that are watched together."""

    keys: list[K]
    failures: int = 0


class Wire(Generic[K]):
    """All streams of one kind at one exchange. `close` it."""

    def __init__(self, source: Source[K], connection: Connection, pace: Pace, *, stall_s: float = STALL_S) -> None:
        self._source = source
        self._connection = connection
        self._clock = connection.clock
        self._pace = pace
        self._stall_s = stall_s
        self._lines: dict[K, _Line] = {}
        self._joining: list[K] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def keys(self) -> Collection[K]:
        """Who is watched, or about to be."""
        return self._lines.keys()

    def listen(self, key: K, told: Callable[[], None]) -> Callable[[], None]:
        """Call `told` whenever the key was heard or lost; return what ends that, which may be called twice."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line()
            self._joining.append(key)
            if len(self._joining) == 1:
                self._spawn(self._gather(), "gather")
        token = object()
        line.told[token] = told

        def leave() -> None:
            if line.told.pop(token, None) is not None and not line.told:
                self._spawn(self._retire(key, line), "retire")

        return leave

    def live_since(self, key: K) -> datetime | None:
        """Return the venue's time since which nothing of the key was missed; None where it is not heard now."""
        line = self._lines.get(key)
        if line is None or self._clock.monotonic() - line.heard_at > self._stall_s:
            return None
        return line.live_since

    async def close(self) -> None:
        """End all streams."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._lines.clear()
        self._joining.clear()

    def _spawn(self, work: Coroutine[None, None, None], what: str) -> None:
        task = asyncio.create_task(work, name=f"venue:{self._connection.name}:{self._source.name}:{what}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a market stream's task died; its keys are polled from now on", task=task.get_name(), error=error)

    async def _gather(self) -> None:
        await self._clock.sleep(GATHER_S)
        keys, self._joining = self._joining, []
        for first in range(0, len(keys), self._source.at_once):
            self._spawn(self._keep(_Chunk(keys[first : first + self._source.at_once])), "stream")

    async def _retire(self, key: K, line: _Line) -> None:
        await self._clock.sleep(LINGER_S)
        if not line.told and self._lines.get(key) is line:
            del self._lines[key]
            await self._forget([key])

    async def _forget(self, keys: Sequence[K]) -> None:
        try:
            async with asyncio.timeout(self._stall_s):
                await self._source.forget(keys)
        except (VenueError, TimeoutError) as error:
            log.info("a stream was not given back; its messages are ignored", venue=self._connection.name, keys=str(keys), error=error)

    # ------------------------------------------------------------ keeping a chunk up

    async def _keep(self, chunk: _Chunk[K]) -> None:
        while keys := self._still(chunk):
            try:
                await self._pace.turn()
                await self._follow(chunk)
            except VenueRefused as refusal:
                if len(keys) > 1:  # one name that it lacks must not take the others down
                    for key in keys:
                        self._spawn(self._keep(_Chunk([key])), "stream")
                    return
                self._lose(chunk, refusal)
                await self._clock.sleep(REFUSED_RETRY_S)
            except VenueError as error:
                if keys != self._still(chunk):
                    continue  # ccxt told all that one of them was given up
                self._lose(chunk, error)
                await self._clock.sleep(random.uniform(0.5, 1.0) * self._retry_s(chunk))  # noqa: S311 - jitter, not a secret

    def _retry_s(self, chunk: _Chunk[K]) -> float:
        chunk.failures += 1
        return min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(chunk.failures, 10))

    def _still(self, chunk: _Chunk[K]) -> list[K]:
        return [key for key in chunk.keys if key in self._lines]

    async def _follow(self, chunk: _Chunk[K]) -> None:
        """Read until the stream fails, stalls, or nobody is left."""
        while keys := self._still(chunk):
            try:
                async with asyncio.timeout(self._stall_s):
                    heard = await self._source.watch(keys)
            except TimeoutError:
                await self._revive(keys)
                raise VenueUnavailable(f"nothing was heard of {', '.join(map(str, keys[:3]))} for {self._stall_s:g} s") from None
            for key in heard:
                self._hear(key)
            chunk.failures = 0

    async def _revive(self, keys: Sequence[K]) -> None:
        """End the connection where it is silent altogether; where it isn't, give these subscriptions back. They are made anew."""
        instruments = [self._source.instrument(key) for key in keys]
        if not reset_silent(self._connection, instruments, self._stall_s):
            await self._forget(keys)

    def _hear(self, key: K) -> None:
        line = self._lines.get(key)
        if line is None:
            return
        line.heard_at = self._clock.monotonic()
        if line.live_since is None:
            line.live_since = self._connection.venue_now()
        for told in tuple(line.told.values()):
            told()

    def _lose(self, chunk: _Chunk[K], error: VenueError) -> None:
        say = log.info if chunk.failures else log.warning
        keys = self._still(chunk)
        say(
            "market stream lost; polling until it lives again",
            venue=self._connection.name,
            stream=self._source.name,
            keys=len(keys),
            first=str(keys[0]) if keys else "",
            error=error,
        )
        for key in keys:
            line = self._lines[key]
            line.live_since = None
            for told in tuple(line.told.values()):
                told()
