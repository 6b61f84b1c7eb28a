"""The pool of worker processes: one request at a time each, and more of them while long calls hold all. Starts none before the first."""

import asyncio
import os
from collections import deque
from typing import TypeVar

from styrman.clock import Clock
from styrman.compute.wire import Body, Raised, Request
from styrman.compute.worker import Worker
from styrman.config import ComputeSettings
from styrman.errors import StrategyError, StyrmanError, WorkerDied
from styrman.log import get_logger

MAX_WORKERS = 16  # in all, unless more are configured
HELD_S = 0.1  # a call that takes longer holds its worker; while all are held, one more is started
IDLE_S = 60.0  # a worker beyond the base number that had nothing to do for so long goes

T = TypeVar("T", bound=Body)

_CLOSED = "The workers are closed; the service is stopping."

log = get_logger()


class Workers:
    """Hands each request to a free worker, first come first served. The last worker used is used next: the others grow old and go."""

    def __init__(self, settings: ComputeSettings, clock: Clock) -> None:
        self._base = settings.workers or os.cpu_count() or 1
        self._most = max(MAX_WORKERS, self._base)
        self._memory_bytes = settings.memory_mb * 1024 * 1024
        self._clock = clock
        self._free: dict[Worker, float] = {}  # since when; the longest free first
        self._held: dict[Worker, float] = {}  # since when
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """How many workers there are, those that are starting among them."""
        return len(self._free) + len(self._held) + len(self._starting)

    async def run(self, request: Request, expected: type[T], deadline_s: float) -> T:
        """Return the answer of a worker, or raise what it says. The deadline counts from when a worker takes the request."""
        if self._closed:
            raise WorkerDied(_CLOSED)
        worker = await self._borrow()
        try:
            body = await worker.call(request, deadline_s)
        finally:
            self._return(worker)
        if isinstance(body, expected):
            return body
        raise body.error() if isinstance(body, Raised) else body if isinstance(body, StyrmanError) else _out_of_turn(request, body)

    async def close(self) -> None:
        """Kill every worker. Who waits gets a WorkerDied."""
        self._closed = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(WorkerDied(_CLOSED))
        if self._keeper is not None:
            self._keeper.cancel()
        for task in tuple(self._starting):
            task.cancel()
        for worker in (*self._free, *self._held):
            self._bury(worker)
        self._free.clear()
        self._held.clear()
        tasks = [*self._starting, *self._ending, *([self._keeper] if self._keeper else [])]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _borrow(self) -> Worker:
        """Return a fit worker, held; wait where none is free."""
        while self._free:
            worker, _ = self._free.popitem()
            if worker.is_fit:
                self._hold(worker)
                return worker
            self._bury(worker)
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._staff()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:  # given a worker and cancelled in one turn of the loop
                self._return(turn.result())
            raise

    def _hold(self, worker: Worker) -> None:
        self._held[worker] = self._clock.monotonic()
        self._watch()

    def _return(self, worker: Worker) -> None:
        if self._held.pop(worker, None) is not None:  # else we have been closed, and it is dying
            self._offer(worker)

    def _offer(self, worker: Worker) -> None:
        """Give a worker to who waits longest, or put it aside; replace it where it is not fit."""
        if self._closed or not worker.is_fit:
            self._bury(worker)
            self._staff()
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self._hold(worker)
                turn.set_result(worker)
                return
        self._free[worker] = self._clock.monotonic()

    def _staff(self) -> None:
        """Have the base number of workers, from the first request on."""
        while self.size < self._base and not self._closed:
            self._start()

    def _start(self) -> None:
        task = asyncio.create_task(self._hire(), name="compute:start-worker")
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _hire(self) -> None:
        try:
            worker = await Worker.start(self._memory_bytes)
        except (WorkerDied, OSError) as error:
            log.error("worker could not be started", error=error)
            self._fail_one(error)
            return
        self._offer(worker)

    def _fail_one(self, error: Exception) -> None:
        """Tell who waits longest that no worker comes; the next request tries again."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(WorkerDied(f"No worker process could be started: {error}"))
                return

    def _bury(self, worker: Worker) -> None:
        worker.kill()
        task = asyncio.create_task(worker.end(), name=f"compute:end-worker:{worker.pid}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _watch(self) -> None:
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="compute:keeper")

    async def _keep(self) -> None:
        """While all workers are held, or there are more than the base number, look whether to add or to let go."""
        while (self._held and not self._free) or self.size > self._base:
            await self._clock.sleep(HELD_S)
            now = self._clock.monotonic()
            if not self._free and not self._starting and now - max(self._held.values(), default=now) >= HELD_S and self.size < self._most:
                self._start()  # before anybody waits, so that the next call finds it
            oldest = next(iter(self._free), None)
            if oldest is not None and now - self._free[oldest] >= IDLE_S and self.size > self._base:
                del self._free[oldest]
                self._bury(oldest)


def _out_of_turn(request: Request, body: Body) -> StrategyError:
    return StrategyError(f"The worker of {request.bundle.work.name!r} answered {type(request).__name__} with {type(body).__name__}.")
