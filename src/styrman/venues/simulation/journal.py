"""The thread that owns the venue's SQLite file: runs jobs in the order given, many to a commit, and answers once they are durable.

WAL with `synchronous=NORMAL`: a commit survives the death of this process, whatever kills it; the last ones may be lost where the
machine itself dies, which for a simulated account is enough. Knows nothing of what is written.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from styrman.errors import VenueUnavailable

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

_BATCH = 512  # jobs to a commit
_BUSY_S = 5.0


@dataclass(slots=True)
class _Entry(Generic[T]):
    """A job, and who waits for it. `result` is set by the thread, read on the loop."""

    job: Job[T]
    durable: asyncio.Future[T]
    then: Callable[[T], None] | None
    result: T | None = None


class Journal:
    """One writer thread. After a failed commit it takes no more work: memory and disk differ then, and only opening anew mends that."""

    def __init__(self, path: Path, *, on_failure: Callable[[VenueUnavailable], None]) -> None:
        self._path, self._on_failure = path, on_failure
        self.on_idle: Callable[[], None] = lambda: None
        self._jobs: SimpleQueue[_Entry[object] | None] = SimpleQueue()
        self._pending = 0
        self._failure: VenueUnavailable | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=f"journal:{path.parent.name}", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether everything submitted is durable, and told."""
        return not self._pending

    def submit(self, job: Job[T], then: Callable[[T], None] | None = None) -> asyncio.Future[T]:
        """Run the job in the thread; call `then` on the loop once it is durable, in order, even if nobody awaits it. VenueUnavailable."""
        if self._failure is not None:
            raise self._failure
        entry = _Entry(job, self._loop.create_future(), then)
        self._pending += 1
        self._jobs.put(entry)
        return entry.durable

    async def close(self) -> None:
        """Finish what was submitted and close the file."""
        self._failure = VenueUnavailable(f"The account's journal {self._path} is closed; open the venue again.")
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)  # lets what the thread's last commit has to tell be told

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        failure: VenueUnavailable | None = None
        while batch := self._next_batch():
            try:
                if failure is None:  # what comes after a failed commit was made on top of it
                    connection = connection or _connect(self._path)
                    _commit(connection, batch)
            except (sqlite3.Error, OSError) as error:
                failure = VenueUnavailable(f"The account's journal {self._path} can't be written: {error}.")
            self._tell(batch, failure)
        if connection is not None:
            connection.close()

    def _next_batch(self) -> list[_Entry[object]]:
        """Return what waits, or wait; nothing once closed."""
        batch: list[_Entry[object]] = []
        entry = self._jobs.get()
        while entry is not None:
            batch.append(entry)
            try:
                entry = self._jobs.get_nowait() if len(batch) < _BATCH else None
            except Empty:
                return batch
        if len(batch) < _BATCH and batch:
            self._jobs.put(None)  # closed while the batch filled: seen again after it
        return batch

    def _tell(self, batch: Sequence[_Entry[object]], failure: VenueUnavailable | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, batch, failure)
        except RuntimeError:  # the loop is gone, and with it everyone who could be told
            return

    def _deliver(self, batch: Sequence[_Entry[object]], failure: VenueUnavailable | None) -> None:
        """Tell everyone, in order."""
        self._pending -= len(batch)
        if failure is not None:
            self._failure = failure
            self._on_failure(failure)
        for entry in batch:
            if failure is None and entry.then is not None:
                entry.then(entry.result)
            if entry.durable.done():
                continue
            if failure is None:
                entry.durable.set_result(entry.result)
            else:
                entry.durable.set_exception(failure)
                entry.durable.exception()  # nobody need be waiting for it
        if self.is_idle:
            self.on_idle()


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _commit(connection: sqlite3.Connection, batch: Sequence[_Entry[object]]) -> None:
    """Run a batch in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for entry in batch:
            entry.result = entry.job(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
