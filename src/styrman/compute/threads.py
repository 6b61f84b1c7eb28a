"""Code that runs in threads: it can't stall the loop, but it can't be killed either. A thread that runs on past its deadline is counted."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from copy import deepcopy
from dataclasses import replace
from typing import TypeVar

from styrman.compute.guest import Guest
from styrman.domain.plan import Context, Plan
from styrman.errors import ComputeTimeout, StrategyError
from styrman.log import get_logger

T = TypeVar("T")

MAX_RUNNING = 16  # calls at a time; one that was given up no longer counts among them

log = get_logger()


class Threads:
    """Gives each call a daemon thread: one that hangs must not keep the process from ending, as an executor's would."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MAX_RUNNING)
        self._given_up: set[object] = set()

    @property
    def lost(self) -> int:
        """How many threads were given up and run on."""
        return len(self._given_up)

    async def run(self, name: str, call: Callable[[], T], deadline_s: float, *, into: Future[T] | None = None) -> T:
        """Return what the call returns, raise what it raises. ComputeTimeout: it runs on; `into` is done when it has ended."""
        future = Future() if into is None else into
        async with self._places:
            threading.Thread(target=_work, args=(call, future), name=f"compute:{name}", daemon=True).start()
            limit = asyncio.timeout(deadline_s)
            try:
                async with limit:
                    return await asyncio.wrap_future(future)
            except TimeoutError as error:
                if not limit.expired():  # the code's own
                    raise
                raise ComputeTimeout(f"{name!r} did not return within {deadline_s:g} s; its thread runs on.") from error
            finally:
                if not future.done():
                    self._give_up(name, future)

    def _give_up(self, name: str, future: Future[T]) -> None:
        self._given_up.add(future)
        future.add_done_callback(self._given_up.discard)
        log.warning("thread given up, it runs on", bot_id=name, lost=self.lost)


class ThreadProgram:
    """A bot's code, called in a thread: never twice at a time, not even where the first call was given up."""

    def __init__(self, bot_id: str, guest: Guest, file_hash: str | None, threads: Threads, deadline_s: float) -> None:
        self.warmup = guest.warmup
        self.file_hash = file_hash
        self._bot_id = bot_id
        self._guest = guest
        self._threads = threads
        self._deadline_s = deadline_s
        self._last: Future[Plan] | None = None

    async def decide(self, ctx: Context) -> Plan:
        """Run one decision on a copy of the state, which a thread given up may spoil."""
        if self._last is not None and not self._last.done():
            raise ComputeTimeout(f"Bot {self._bot_id!r} still runs its last decision in a thread, and a thread can't be killed.")
        seen = replace(ctx, state=deepcopy(ctx.state))
        self._last = Future()
        plan = await self._threads.run(self._bot_id, lambda: asyncio.run(self._guest.decide(seen)), self._deadline_s, into=self._last)
        ctx.state = seen.state
        return plan

    async def close(self) -> None:
        """Nothing is held elsewhere."""


def _work(call: Callable[[], T], future: Future[T]) -> None:
    future.set_running_or_notify_cancel()  # a cancel of who waits can't end it
    try:
        future.set_result(call())
    except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the caller on the loop
        future.set_exception(error)
    except BaseException as error:  # noqa: BLE001 - on the loop it would end the process
        future.set_exception(StrategyError(f"The code raised {type(error).__name__}({error})."))
