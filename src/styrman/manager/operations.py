"""Tracked operations: a command on one bot or on many, finished when each has arrived or can't; and long work, such as a flatten.

An operation's row is journaled with the command that it follows, or before it; its end after the last arrival.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from styrman.clock import Clock
from styrman.domain.bots import BotRecord
from styrman.domain.records import Operation, OperationState
from styrman.errors import BotNotFound, StyrmanError
from styrman.manager.outcomes import Outcomes
from styrman.manager.progress import Count, Progress, Tell
from styrman.manager.state import Asked, AsyncBotState, Change
from styrman.manager.waiting import Arrivals
from styrman.ports import Store
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks

CHUNK = 500  # bots per commit
BREATH = 100  # bots
ARRIVAL_TIMEOUT_S = 600.0
HOLDS_AT_ONCE = frozenset({"pause", "resume"})  # from the commit on: the gate that judges orders reads it there


class Operations(Progress):
    """Gives commands, and follows each bot until it is where the command wants it, or won't get there."""

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
        tell: Tell,
    ) -> None:
        super().__init__(journal=journal, store=store, clock=clock, tasks=tasks, tell=tell)
        self._state = state
        self._arrivals = arrivals
        self._outcomes = outcomes
        self._of_bots: dict[str, str] = {}  # the operation that follows a bot's last command, until that is finished

    def under_way(self, bot_id: str, action: str) -> str | None:
        """Return the operation that follows such a command on the bot already; None where there is none."""
        operation = self._operations.get(self._of_bots.get(bot_id, ""))
        return operation.id if operation is not None and operation.action == action else None

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
        self.end(operation_id, record.id, error)

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

    async def _command(self, operation_id: str, bot_ids: Sequence[str], change: Change, asked: Asked) -> None:
        arrivals = Count(len(bot_ids))
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

    def _follow_bot(self, operation_id: str, bot_id: str, answer: BotRecord | Exception | None, arrivals: Count) -> None:
        action = self._operations[operation_id].action

        def arrived(error: Exception | str | None) -> None:
            if arrivals.is_closed:
                return
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

    def _give_up(self, operation_id: str, bot_ids: Sequence[str], arrivals: Count) -> None:
        arrivals.is_closed = True  # what arrives now was told as late
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

        following: list[asyncio.Task[None]] = []
        for number, bot_id in enumerate(bot_ids, start=1):
            following.append(self._tasks.start(one(bot_id), name=f"operation:{operation_id}:{bot_id}"))
            if number % BREATH == 0:
                await asyncio.sleep(0)  # ten thousand that begin at once would hold the loop for a second
        await asyncio.gather(*following)
        await self._finish(operation_id)
