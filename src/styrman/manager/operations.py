"""Tracked operations: a command on one bot or on many, finished when each has arrived or can't; and long work, such as a flatten.

An operation's row is journaled with the command that it follows, or before it; its end after the last arrival.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from styrman.clock import Clock
from styrman.domain.bots import BotRecord
from styrman.domain.records import Operation, OperationState
from styrman.errors import BotNotFound, OperationNotFound, StoreFailed, StyrmanError, WaitTimedOut
from styrman.log import get_logger
from styrman.manager.outcomes import Outcomes
from styrman.manager.state import Asked, AsyncBotState, Change
from styrman.manager.waiting import Arrivals
from styrman.ports import Store
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks

log = get_logger()
CHUNK = 500  # bots per commit
ARRIVAL_TIMEOUT_S = 600.0
KEPT = 1000  # finished operations answered from memory; older ones from the store
TELL_EVERY_S = 0.2  # the stream hears of one operation no more often, but for its begin and its end
INTERRUPTED = "the process restarted; what was commanded by then holds"
TOLD_ERRORS = 10  # of an operation on the stream; the operation itself has more
HOLDS_AT_ONCE = frozenset({"pause", "resume"})  # from the commit on: the gate that judges orders reads it there


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
        self,
        state: AsyncBotState,
        *,
        arrivals: Arrivals,
        outcomes: Outcomes,
        journal: Journal,
        store: Store,
        clock: Clock,
        tasks: OwnedTasks,
        tell: Callable[[Mapping[str, object]], None],
    ) -> None:
        self._state = state
        self._arrivals = arrivals
        self._outcomes = outcomes
        self._journal = journal
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._tell = tell
        self._operations: dict[str, Operation] = {}
        self._running: dict[str, asyncio.Event] = {}  # set once the operation is finished
        self._finished: deque[str] = deque()
        self._of_bots: dict[str, str] = {}  # the operation that follows a bot's last command, until that is finished
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

    def under_way(self, bot_id: str, action: str) -> str | None:
        """Return the operation that follows such a command on the bot already; None where there is none."""
        operation = self._operations.get(self._of_bots.get(bot_id, ""))
        return operation.id if operation is not None and operation.action == action else None

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

    def announce(self, asked: Asked) -> Operation:
        """Return an operation that is to be journaled with a command on one bot; `follow` it then."""
        running = self._new(asked, 1)
        holds = asked.action in HOLDS_AT_ONCE
        return replace(running, state=OperationState.SUCCEEDED, done=1, finished_at=running.at) if holds else running

    def follow(self, operation: Operation, record: BotRecord) -> None:
        """Follow an operation that was journaled with a command on one bot."""
        self._take(operation)
        if operation.id in self._running:
            self._of_bots[record.id] = operation.id
            self._tasks.start(self._follow_one(operation.id, record), name=f"operation:{operation.id}")

    async def _follow_one(self, operation_id: str, record: BotRecord) -> None:
        """End the operation once the bot arrived, or why it won't."""
        action = self._operations[operation_id].action
        try:
            error = self._delay(action, record.id)
            if error is None:
                await self._arrivals.wait(record.id, record.generation, ARRIVAL_TIMEOUT_S)
                error = self._outcomes.failure(action, record.id)
        except StyrmanError as failed:
            error = failed.detail
        if self._of_bots.get(record.id) == operation_id:
            del self._of_bots[record.id]
        await self.end(operation_id, record.id, error)

    async def end(self, operation_id: str, bot_id: str, error: str | None) -> None:
        """End an operation on one bot: it arrived, or why it didn't."""
        self._count(operation_id, done=error is None, errors={} if error is None else {bot_id: error})
        await self._finish(operation_id)

    def _delay(self, action: str, bot_id: str) -> str | None:
        held = self._outcomes.delay(action, bot_id)
        return None if held is None else f"it is held ({held}) and starts once that is lifted"

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
        operation = self._new(asked, total)
        await self._journal.write(operation)
        self._take(operation)
        return operation

    def _new(self, asked: Asked, total: int) -> Operation:
        now = self._clock.now()
        return Operation(id=secrets.token_hex(8), action=asked.action, actor=asked.actor, reason=asked.reason, at=now, total=total)

    def _take(self, operation: Operation) -> None:
        self._operations[operation.id] = operation
        if operation.finished_at is None:
            self._running[operation.id] = asyncio.Event()
        else:
            self._forget_oldest(operation.id)
        self._publish(operation)

    def _forget_oldest(self, finished: str) -> None:
        self._finished.append(finished)
        while len(self._finished) > KEPT:
            self._operations.pop(self._finished.popleft(), None)

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
        action = self._operations[operation_id].action

        def arrived(error: Exception | str | None) -> None:
            why = self._outcomes.failure(action, bot_id) if error is None else str(error)
            self._count(operation_id, done=why is None, errors={} if why is None else {bot_id: why})
            arrivals.add(bot_id)

        bot = self._state.peek(bot_id)
        if isinstance(answer, Exception) or bot is None:
            arrived(answer if isinstance(answer, Exception) else BotNotFound(f"Bot {bot_id!r} was deleted meanwhile."))
            return
        if (held := self._delay(action, bot_id)) is not None:
            arrived(held)
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
        operation = self._operations[operation_id]
        state = OperationState.FAILED if operation.failed else OperationState.SUCCEEDED
        finished = replace(operation, state=state, finished_at=self._clock.now())
        try:
            await self._journal.write(finished)
        except StoreFailed as error:  # what was commanded is durable; only that this ended is not
            log.error("the end of an operation could not be journaled", operation=operation_id, error=error.detail)
        self._operations[operation_id] = finished
        self._running.pop(operation_id).set()
        self._forget_oldest(operation_id)
        self._publish(finished)
