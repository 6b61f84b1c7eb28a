"""The one thread that writes. It owns the database from opening to closing and commits in groups.

Whatever waits is taken together, urgent first, up to a bound, and committed in one transaction without savepoints. Where that
fails nothing was written, and each half is tried by itself until the culprit stands alone: only its commit fails. One hop
per batch tells the loop; a thread that can't wait for the loop (the watchdog's, when the loop is stuck) is told directly.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future as ThreadFuture
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from styrman.errors import StoreFailed
from styrman.ports import StoreHealth
from styrman.store.statements import Step

MAX_STEPS = 2_000  # of one batch: an urgent commit waits for one batch at most, some 30 ms
_KEPT_LATENCIES = 1_000

log = logging.getLogger(__name__)


class Writable(Protocol):
    """What the writer thread owns. Its methods block and are called on that thread alone."""

    def opened(self) -> AbstractContextManager[None]:
        """Have it open, and to ourselves, while the block runs. StartupError."""
        ...

    def write(self, steps: Iterable[Step]) -> None:
        """Write the steps in one transaction, all or none."""
        ...


@dataclass(slots=True, eq=False)
class _Work:
    """One commit on its way."""

    steps: Sequence[Step]
    answer: asyncio.Future[None] | ThreadFuture[None]
    queued_at: float = field(default_factory=time.perf_counter)
    error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():  # its caller was cancelled
            return
        if self.error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(self.error)


class Writer:
    """Group commit. `start` and `write` on one event loop, `write_blocking` on any other thread, `stop` at the end."""

    def __init__(self, database: Writable) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._urgent: deque[_Work] = deque()
        self._queue: deque[_Work] = deque()
        self._in_hand: Sequence[_Work] = ()
        self._open = False
        self._closed: asyncio.Future[None] | None = None
        self._commits = 0
        self._errors = 0
        self._latencies_ms: deque[float] = deque(maxlen=_KEPT_LATENCIES)

    async def start(self) -> None:
        """Open the database on the writer's thread; return once it takes commits. StartupError as the database raised it."""
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._closed = self._loop.create_future()
        self._open = True
        threading.Thread(target=self._run, args=(self._closed,), name="store-writer", daemon=True).start()
        await asyncio.shield(self._opened)

    async def stop(self) -> None:
        """Commit what is queued, close the database. Harmless where `start` failed, was cancelled or never called."""
        with self._changed:
            self._open = False
            self._changed.notify()
        if self._closed is not None:
            await asyncio.shield(self._closed)

    async def write(self, steps: Sequence[Step], *, urgent: bool) -> None:
        """Return once the steps are durable. StoreFailed: none of them is written."""
        answer: asyncio.Future[None] = self._loop.create_future()
        self._submit(_Work(steps, answer), urgent=urgent)
        await answer

    def write_blocking(self, steps: Sequence[Step], *, timeout_s: float) -> None:
        """Do the same, urgently, from a thread that is not the loop's. StoreFailed also where time ran out: it may still happen."""
        answer: ThreadFuture[None] = ThreadFuture()
        self._submit(_Work(steps, answer), urgent=True)
        try:
            answer.result(timeout_s)
        except TimeoutError:
            raise StoreFailed(f"The journal did not confirm a commit within {timeout_s} s; it may still be written.") from None

    def health(self, size_bytes: int) -> StoreHealth:
        """Return how the writer does, over its last thousand commits."""
        with self._changed:
            latencies = sorted(self._latencies_ms) or [0.0]
            return StoreHealth(
                queue_depth=len(self._urgent) + len(self._queue) + len(self._in_hand),
                commits=self._commits,
                commit_p50_ms=latencies[len(latencies) // 2],
                commit_p99_ms=latencies[len(latencies) * 99 // 100],
                errors=self._errors,
                size_bytes=size_bytes,
            )

    def _submit(self, work: _Work, *, urgent: bool) -> None:
        with self._changed:
            if not self._open:
                raise StoreFailed("The store is closed and takes no more commits; nothing was written.")
            (self._urgent if urgent else self._queue).append(work)
            self._changed.notify()

    def _run(self, closed: asyncio.Future[None]) -> None:
        error: BaseException | None = None
        try:
            with self._database.opened():
                self._tell(self._opened)
                while batch := self._take():
                    self._write(batch)
                    self._deliver(batch)
        except BaseException as raised:  # noqa: BLE001 - the thread's boundary: whoever waits is told what ended it
            error = raised
        self._abandon(error)
        self._tell(self._opened, error)
        self._tell(closed)

    def _take(self) -> list[_Work]:
        """Wait for work and return a bounded batch of it; nothing once the writer is closed and all is written."""
        with self._changed:
            while self._open and not self._urgent and not self._queue:
                self._changed.wait()
            batch, steps = [], 0
            while steps < MAX_STEPS and (queue := self._urgent or self._queue):
                batch.append(queue.popleft())
                steps += len(batch[-1].steps)
            self._in_hand = batch
            return batch

    def _write(self, batch: Sequence[_Work]) -> None:
        try:
            self._database.write(chain.from_iterable(work.steps for work in batch))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like; it is recorded on the commit that caused it
            if len(batch) == 1 or _is_lost(error):
                sentence = _sentence(error)
                for work in batch:
                    work.error = StoreFailed(sentence)
                return
            middle = len(batch) // 2
            self._write(batch[:middle])
            self._write(batch[middle:])

    def _deliver(self, batch: Sequence[_Work]) -> None:
        now = time.perf_counter()
        with self._changed:
            self._in_hand = ()
            self._commits += len(batch)
            self._errors += sum(work.error is not None for work in batch)
            self._latencies_ms.extend((now - work.queued_at) * 1000 for work in batch)
        for work in batch:
            if isinstance(work.answer, ThreadFuture):
                work.settle()
        self._on_loop([work for work in batch if isinstance(work.answer, asyncio.Future)])

    def _on_loop(self, works: Sequence[_Work]) -> None:
        def settle() -> None:
            for work in works:
                work.settle()

        try:
            self._loop.call_soon_threadsafe(settle)
        except RuntimeError:  # the loop is closed: nobody is left who waits
            log.debug("a batch was written after its loop had closed")

    def _abandon(self, error: BaseException | None) -> None:
        """Fail what nobody will write any more: something is left only where an error ended the thread."""
        with self._changed:
            self._open = False
            left = [*self._in_hand, *self._urgent, *self._queue]
            self._urgent.clear()
            self._queue.clear()
        for work in left:
            work.error = StoreFailed(f"The journal's writer has ended ({error}); this is most likely not written.")
        self._deliver(left)

    def _tell(self, future: asyncio.Future[None], error: BaseException | None = None) -> None:
        if error is not None and not isinstance(error, Exception):
            error = RuntimeError(f"the store's writer was ended by {error!r}")
        self._on_loop([_Work((), future, error=error)])


def _is_lost(error: Exception) -> bool:
    """Whether the connection broke. What it carried may have been committed: nothing of it may be sent again."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _sentence(error: Exception) -> str:
    """Say what failed in words alone: a driver's error holds its cursor, which no other thread may be the last to let go of."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = f"{type(cause).__name__}: {cause}"
    log.error("a commit failed: %s", reason)
    return f"The journal could not be written ({reason}); nothing of it was done."
