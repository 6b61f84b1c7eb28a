"""How far operations are: kept in memory and the journal, told to the stream. Knows what happened to no bot; `operations` does."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from styrman.clock import Clock
from styrman.domain.records import Operation, OperationState
from styrman.errors import OperationNotFound, StoreFailed, WaitTimedOut
from styrman.log import get_logger
from styrman.manager.state import Asked
from styrman.ports import Store
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks

Tell: TypeAlias = Callable[[Mapping[str, object]], None]

log = get_logger()
KEPT = 1000  # finished operations answered from memory; older ones from the store
TELL_EVERY_S = 0.2  # the stream hears of one operation no more often, but for its begin and its end
TOLD_ERRORS = 10  # of an operation on the stream; the operation itself has more
FLUSH_AFTER_S = 0.2  # ends of operations on one bot are journaled together
INTERRUPTED = "the process restarted; what was commanded by then holds"


class Count:
    """Which bots of an operation have their answer, and whether all have. Once it is closed, no further one counts."""

    def __init__(self, total: int) -> None:
        self.seen: set[str] = set()
        self.complete = asyncio.Event()
        self.is_closed = False
        self._total = total
        self._look()

    def add(self, bot_id: str) -> None:
        """Learn that a bot has its answer."""
        self.seen.add(bot_id)
        self._look()

    def _look(self) -> None:
        if len(self.seen) >= self._total:
            self.complete.set()


class Progress:
    """The operations of this process, running and lately finished."""

    def __init__(self, *, journal: Journal, store: Store, clock: Clock, tasks: OwnedTasks, tell: Tell) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._tell = tell
        self._operations: dict[str, Operation] = {}
        self._running: dict[str, asyncio.Event] = {}  # set once the operation is finished
        self._finished: deque[str] = deque()  # and journaled, the first to end first
        self._unwritten: list[Operation] = []  # finished, and to be journaled together
        self._untold: set[str] = set()  # operations of which the stream hears soon

    async def get(self, operation_id: str) -> Operation:
        """Return an operation. OperationNotFound."""
        operation = self._operations.get(operation_id) or await self._store.operation(operation_id)
        if operation is None:
            raise OperationNotFound(f"There is no operation {operation_id!r}; they are kept for as long as events are.")
        return operation

    async def newest(self, limit: int) -> Sequence[Operation]:
        """Return the operations that began last, as they stand, the newest first."""
        return [self._operations.get(each.id, each) for each in await self._store.operations(limit)]

    async def wait(self, operation_id: str, timeout_s: float) -> Operation:
        """Return a running operation once it is finished. WaitTimedOut: it goes on."""
        finished = self._running.get(operation_id)
        try:
            async with asyncio.timeout(timeout_s):
                if finished is not None:
                    await finished.wait()
        except TimeoutError as error:
            raise WaitTimedOut(f"Operation {operation_id!r} is not finished after {timeout_s:g} s; it goes on, ask for it.") from error
        return await self.get(operation_id)

    async def interrupt(self, operations: Iterable[Operation]) -> None:
        """Close the operations that an earlier process left running: what they had commanded holds, the rest was not asked for."""
        closed = [
            replace(each, state=OperationState.FAILED, finished_at=self._clock.now(), errors={**each.errors, "*": INTERRUPTED})
            for each in operations
        ]
        await self._journal.write(*closed)

    def end(self, operation_id: str, bot_id: str, error: str | None) -> None:
        """End an operation on one bot: it arrived, or why it didn't. Seen and told at once, journaled soon, with others that end now.

        A crash in between only makes it one that was cut off; its command's own commit pays for none of this.
        """
        self._count(operation_id, done=error is None, errors={} if error is None else {bot_id: error})
        finished = self._finished_form(operation_id)
        self._settle(finished)
        if not self._unwritten:
            self._tasks.start(self._flush_soon(), name="operation:flush")
        self._unwritten.append(finished)

    async def flush(self) -> None:
        """Journal the ends that are not yet."""
        finished, self._unwritten = self._unwritten, []
        if finished:
            await self._keep(*finished)

    async def _flush_soon(self) -> None:
        await self._clock.sleep(FLUSH_AFTER_S)
        await self.flush()

    async def _begin(self, asked: Asked, total: int) -> Operation:
        operation = self._new(asked, total)
        await self._journal.write(operation)
        self._take(operation)
        return operation

    def _new(self, asked: Asked, total: int) -> Operation:
        now = self._clock.now()
        return Operation(id=secrets.token_hex(8), action=asked.action, actor=asked.actor, reason=asked.reason, at=now, total=total)

    def _take(self, operation: Operation) -> None:
        """Take in an operation that was just journaled."""
        self._operations[operation.id] = operation
        if operation.finished_at is None:
            self._running[operation.id] = asyncio.Event()
        else:
            self._forget_beyond(operation.id)
        self._publish(operation)

    def _forget_beyond(self, *journaled: str) -> None:
        """Forget the operations that ended first: the journal has them."""
        self._finished.extend(journaled)
        while len(self._finished) > KEPT:
            self._operations.pop(self._finished.popleft(), None)

    def _count(self, operation_id: str, *, done: int = 0, errors: Mapping[str, str] | None = None) -> None:
        operation = self._operations.get(operation_id)
        if operation is not None:
            self._operations[operation_id] = operation.count(done=done, errors=dict(errors or {}))
            self._tell_soon(operation)

    def _tell_soon(self, operation: Operation) -> None:
        if operation.total > 1 and operation.id not in self._untold:
            self._untold.add(operation.id)
            self._tasks.start(self._tell_later(operation.id), name=f"operation:{operation.id}:tell")

    async def _tell_later(self, operation_id: str) -> None:
        await self._clock.sleep(TELL_EVERY_S)
        self._untold.discard(operation_id)
        if operation_id in self._running:  # its end is told at once
            self._publish(self._operations[operation_id])

    def _publish(self, operation: Operation) -> None:
        same = ("id", "action", "state", "total", "done", "failed", "finished_at")
        errors = dict(islice(operation.errors.items(), TOLD_ERRORS))
        self._tell({name: getattr(operation, name) for name in same} | {"errors": errors})

    async def _finish(self, operation_id: str) -> None:
        finished = self._finished_form(operation_id)
        await self._keep(finished)
        self._settle(finished)

    def _finished_form(self, operation_id: str) -> Operation:
        operation = self._operations[operation_id]
        state = OperationState.FAILED if operation.failed else OperationState.SUCCEEDED
        return replace(operation, state=state, finished_at=self._clock.now())

    def _settle(self, finished: Operation) -> None:
        self._operations[finished.id] = finished
        self._running.pop(finished.id).set()
        self._publish(finished)

    async def _keep(self, *finished: Operation) -> None:
        try:
            await self._journal.write(*finished)
        except StoreFailed as error:  # what was commanded is durable; only that it ended is not
            log.error("the end of operations could not be journaled", operations=len(finished), error=error.detail)
        self._forget_beyond(*(each.id for each in finished))
