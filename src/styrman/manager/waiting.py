"""Waiting until *observed* has caught up with a command: every waiter gets the one arrival, or learns that it was overtaken."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from styrman.domain.bots import BotStatus
from styrman.errors import BotNotFound, StyrmanError, Superseded, WaitTimedOut
from styrman.manager.state import AsyncBotState

Answer = Callable[[StyrmanError | None], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    generation: int
    answer: Answer


class Arrivals:
    """Who waits for which generation of which bot. A waiter costs a callback, so that an operation may wait for ten thousand."""

    def __init__(self, state: AsyncBotState) -> None:
        self._state = state
        self._waiters: dict[str, list[_Waiter]] = {}

    async def wait(self, bot_id: str, generation: int, timeout_s: float) -> None:
        """Return once the bot arrived at the generation. Superseded, BotNotFound (deleted meanwhile), WaitTimedOut."""
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        forget = self.tell(bot_id, generation, partial(_settle, arrived))
        try:
            async with asyncio.timeout(timeout_s):
                await arrived
        except TimeoutError as error:
            raise WaitTimedOut(
                f"Bot {bot_id!r} did not get to generation {generation} within {timeout_s:g} s; the command holds, ask for its status."
            ) from error
        finally:
            forget()

    def tell(self, bot_id: str, generation: int, answer: Answer) -> Callable[[], None]:
        """Call `answer` once, now or later: with None on arrival, else with why it never will; return what forgets it."""
        waiter = _Waiter(generation, answer)
        self._waiters.setdefault(bot_id, []).append(waiter)
        self.look((bot_id,))
        return partial(self._forget, bot_id, waiter)

    def look(self, bot_ids: Iterable[str]) -> None:
        """Look whether waiters of these bots have their answer: something about them was committed."""
        if not self._waiters:
            return
        for bot_id in bot_ids:
            for waiter in tuple(self._waiters.get(bot_id, ())):
                self._look_at(bot_id, waiter)

    def _look_at(self, bot_id: str, waiter: _Waiter) -> None:
        bot = self._state.peek(bot_id)
        error: StyrmanError | None = None
        if bot is None:
            error = BotNotFound(f"Bot {bot_id!r} was deleted meanwhile.")
        elif not has_arrived(bot[1], waiter.generation):
            record, status = bot
            if record.generation == waiter.generation or status.observed_generation >= waiter.generation:
                return
            error = Superseded(f"Generation {waiter.generation} of bot {bot_id!r} was overtaken by {record.generation} ({record.desired}).")
        self._forget(bot_id, waiter)
        waiter.answer(error)

    def _forget(self, bot_id: str, waiter: _Waiter) -> None:
        waiters = self._waiters.get(bot_id, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters:
            self._waiters.pop(bot_id, None)


def has_arrived(status: BotStatus, generation: int) -> bool:
    """Whether what this generation wanted has been seen to."""
    return status.observed.is_settled and status.observed_generation >= generation


def _settle(arrived: "asyncio.Future[None]", error: StyrmanError | None) -> None:
    if arrived.done():
        return
    if error is None:
        arrived.set_result(None)
    else:
        arrived.set_exception(error)
