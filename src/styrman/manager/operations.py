"""Tracked operations: one command over many bots, done when each has arrived; and long commands over one bot, such as a flatten."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from styrman.clock import Clock
from styrman.domain.bots import BotRecord
from styrman.domain.records import Operation, OperationState
from styrman.errors import BotNotFound, OperationNotFound, StyrmanError, WaitTimedOut
from styrman.manager.state import Asked, AsyncBotState, Change
from styrman.manager.waiting import Arrivals
from styrman.ports import Store
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks

CHUNK = 500  # bots per commit
ARRIVAL_TIMEOUT_S = 600.0
KEPT = 1000  # finished operations answered from memory; older ones from the store


class _Count:
    """Which bots of an operation have their answer, and whether all have."""

    def __init__(self, total: int) -> None:
        self.seen: set[str] = set()
        self.complete = asyncio.Event()
        self._total = total
        self._look()

    def add(self, bot_id: str) -> None:
        self.seen.add(bot_id)
        self._look()

    def _look(self) -> None:
        if len(self.seen) >= self._total:
            self.complete.set()


class Operations:
    """The operations of this process, running and lately finished."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, state: AsyncBotState, *, arrivals: Arrivals, journal: Journal, store: Store, clock: Clock, tasks: OwnedTasks
    ) -> None:
        self._state = state
        self._arrivals = arrivals
        self._journal = journal
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._operations: dict[str, Operation] = {}
        self._running: dict[str, asyncio.Event] = {}  # set once the operation is finished

    async def get(self, operation_id: str) -> Operation:
        """Return an operation. OperationNotFound."""
        operation = self._operations.get(operation_id) or await self._store.operation(operation_id)
        if operation is None:
            raise OperationNotFound(f"There is no operation {operation_id!r}; they are kept for as long as events are.")
        return operation

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
            replace(each, state=OperationState.FAILED, finished_at=self._clock.now(), errors={**each.errors, "*": "the process restarted"})
            for each in operations
        ]
        await self._journal.write(*closed)

    async def command(self, bot_ids: Sequence[str], change: Change, asked: Asked) -> Operation:
        """Command many bots; return the operation, journaled, while the commands go out."""
        operation = await self._begin(asked, len(bot_ids))
        self._tasks.start(self._command(operation.id, bot_ids, change, asked), name=f"operation:{operation.id}")
        return operation

    async def track(self, bot_ids: Sequence[str], work: Callable[[str], Awaitable[object]], asked: Asked) -> Operation:
        """Follow work on each bot to its end; return the operation, journaled, while the work goes on."""
        operation = await self._begin(asked, len(bot_ids))
        self._tasks.start(self._follow(operation.id, bot_ids, work), name=f"operation:{operation.id}")
        return operation

    async def _begin(self, asked: Asked, total: int) -> Operation:
        operation = Operation(
            id=secrets.token_hex(8), action=asked.action, actor=asked.actor, reason=asked.reason, at=self._clock.now(), total=total
        )
        await self._journal.write(operation)
        self._operations[operation.id] = operation
        self._running[operation.id] = asyncio.Event()
        while len(self._operations) > KEPT:
            self._operations.pop(next(iter(self._operations)))
        return operation

    async def _command(self, operation_id: str, bot_ids: Sequence[str], change: Change, asked: Asked) -> None:
        arrivals = _Count(len(bot_ids))
        for first in range(0, len(bot_ids), CHUNK):
            chunk = bot_ids[first : first + CHUNK]
            try:
                answers: Mapping[str, BotRecord | Exception | None] = await self._state.change_many(chunk, change, asked)
            except StyrmanError as error:
                answers = dict.fromkeys(chunk, error)
            for bot_id, answer in answers.items():
                self._follow_bot(operation_id, bot_id, answer, arrivals)
        with suppress(TimeoutError):
            async with asyncio.timeout(ARRIVAL_TIMEOUT_S):
                await arrivals.complete.wait()
        self._give_up(operation_id, bot_ids, arrivals)
        await self._finish(operation_id)

    def _follow_bot(self, operation_id: str, bot_id: str, answer: BotRecord | Exception | None, arrivals: "_Count") -> None:
        def arrived(error: Exception | None) -> None:
            self._count(operation_id, done=error is None, errors={} if error is None else {bot_id: str(error)})
            arrivals.add(bot_id)

        bot = self._state.peek(bot_id)
        if isinstance(answer, Exception) or bot is None:
            arrived(answer if isinstance(answer, Exception) else BotNotFound(f"Bot {bot_id!r} was deleted meanwhile."))
            return
        generation = bot[0].generation if answer is None else answer.generation
        self._arrivals.tell(bot_id, generation, arrived)

    def _give_up(self, operation_id: str, bot_ids: Sequence[str], arrivals: "_Count") -> None:
        late = [bot_id for bot_id in bot_ids if bot_id not in arrivals.seen]
        why = f"it did not get there within {ARRIVAL_TIMEOUT_S:g} s; the command holds"
        self._count(operation_id, errors=dict.fromkeys(late, why))

    async def _follow(self, operation_id: str, bot_ids: Sequence[str], work: Callable[[str], Awaitable[object]]) -> None:
        async def one(bot_id: str) -> None:
            try:
                await work(bot_id)
            except Exception as error:  # noqa: BLE001 - it is this bot's failure, and the operation has to end
                self._count(operation_id, errors={bot_id: str(error)})
            else:
                self._count(operation_id, done=1)

        await asyncio.gather(*(one(bot_id) for bot_id in bot_ids))
        await self._finish(operation_id)

    def _count(self, operation_id: str, *, done: int = 0, errors: Mapping[str, str] | None = None) -> None:
        operation = self._operations.get(operation_id)
        if operation is not None:
            self._operations[operation_id] = operation.count(done=done, errors=dict(errors or {}))

    async def _finish(self, operation_id: str) -> None:
        operation = self._operations[operation_id]
        state = OperationState.FAILED if operation.failed else OperationState.SUCCEEDED
        finished = replace(operation, state=state, finished_at=self._clock.now())
        await self._journal.write(finished)
        self._operations[operation_id] = finished
        self._running.pop(operation_id).set()
