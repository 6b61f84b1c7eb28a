"""The supervisor: bots' tasks in this process. It starts and ends them and says how they ended; it decides nothing.

Implements `ports.Placement`. Whatever a bot's code raises, SystemExit too, is caught at the task's boundary: an exception that
leaves a task as SystemExit would take the event loop with it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from styrman.clock import Clock
from styrman.errors import ComputeTimeout
from styrman.log import bind_bot, get_logger
from styrman.ports import RunEnd, RunOrder, RunReport
from styrman.trading.bot import Bot
from styrman.trading.gates import Gates

log = get_logger()


@dataclass(slots=True)
class Run:
    """One run of a bot: its task, and what is known of it."""

    order: RunOrder
    bot: Bot
    task: asyncio.Task[None] | None = None
    ready: bool = False
    end: RunEnd | None = None
    error: BaseException | None = None
    stop_asked_at: float | None = None  # monotonic
    cancels: int = 0
    reason: str = field(default="")
    overdue_since: float | None = None  # monotonic; its cycle ran into the deadline


class Supervisor:
    """The runs of this process by bot; at most one a bot."""

    def __init__(self, make_bot: Callable[[RunOrder], Bot], *, gates: Gates, clock: Clock) -> None:
        self._make_bot = make_bot
        self._gates = gates
        self._clock = clock
        self._report: Callable[[RunReport], None] = lambda _: None
        self._runs: dict[str, Run] = {}  # by bot id
        self._by_run: dict[str, Run] = {}

    def reports_to(self, report: Callable[[RunReport], None]) -> None:
        """Hand every run's reports to this callable."""
        self._report = report

    def run(self, bot_id: str) -> Run | None:
        """Return the bot's run, ended or not, until it is forgotten."""
        return self._runs.get(bot_id)

    def runs(self) -> list[Run]:
        """Return all runs."""
        return list(self._runs.values())

    def start(self, order: RunOrder) -> None:
        """Begin a run in a task named `bot:ID`."""
        run = Run(order, self._make_bot(order))
        self._runs[order.bot_id] = self._by_run[order.run_id] = run
        run.task = asyncio.get_running_loop().create_task(self._guard(run), name=f"bot:{order.bot_id}")
        run.task.add_done_callback(lambda task: self._ended(run, task))

    def stop(self, run_id: str, reason: str) -> None:
        """Ask the run to end at its next safe point."""
        run = self._by_run.get(run_id)
        if run is None or run.stop_asked_at is not None:
            return
        run.stop_asked_at = self._clock.monotonic()
        run.reason = reason
        run.cancels = 1
        if run.bot.request_stop(reason) and run.task is not None:
            run.task.cancel(reason)

    def cancel(self, run_id: str) -> None:
        """Cancel the run's task wherever it is."""
        run = self._by_run.get(run_id)
        if run is not None and run.task is not None:
            run.cancels += 1
            run.task.cancel(run.reason)

    def revoke(self, run_id: str) -> None:
        """Close the run's order gate for ever."""
        self._gates.revoke(run_id)

    def is_alive(self, run_id: str) -> bool:
        """Whether the run's task has not ended."""
        run = self._by_run.get(run_id)
        return run is not None and run.task is not None and not run.task.done()

    def forget(self, bot_id: str) -> None:
        """Drop a run that has ended."""
        run = self._runs.pop(bot_id, None)
        if run is not None:
            self._by_run.pop(run.order.run_id, None)

    def cancel_overdue(self, deadline_s: float) -> None:
        """Cancel the runs whose cycle takes longer than the deadline; they end as crashed with ComputeTimeout."""
        now = self._clock.monotonic()
        for run in self._runs.values():
            began = run.bot.cycle_started_at
            if began is None or now - began < deadline_s or run.stop_asked_at is not None or run.task is None:
                continue
            run.overdue_since = run.overdue_since or now
            log.error("cycle overdue; cancelling it", bot_id=run.order.bot_id, seconds=round(now - began, 1), phase=run.bot.phase.value)
            run.task.cancel("cycle deadline")
            self._report(RunReport(bot_id=run.order.bot_id, run_id=run.order.run_id))

    def is_stuck(self, run: Run, patience_s: float) -> bool:
        """Whether an overdue run does not follow its cancellation."""
        return run.overdue_since is not None and self._clock.monotonic() - run.overdue_since >= patience_s

    async def _guard(self, run: Run) -> None:
        bind_bot(bot_id=run.order.bot_id, run_id=run.order.run_id)
        try:
            await run.bot.run(lambda: self._ready(run))
            run.end = RunEnd.STOPPED if run.stop_asked_at is not None else RunEnd.FINISHED
        except asyncio.CancelledError as error:
            run.end, run.error = (RunEnd.STOPPED, None) if run.stop_asked_at is not None else (RunEnd.CRASHED, self._cause(run, error))
        except BaseException as error:  # noqa: BLE001 - the boundary where a bot meets the supervisor
            run.end, run.error = RunEnd.CRASHED, error

    def _cause(self, run: Run, error: BaseException) -> BaseException:
        if run.overdue_since is None:
            return error
        return ComputeTimeout(f"A cycle of bot {run.order.bot_id!r} ran into the deadline, in phase {run.bot.phase}.")

    def _ready(self, run: Run) -> None:
        run.ready = True
        self._report(RunReport(bot_id=run.order.bot_id, run_id=run.order.run_id, ready=True))

    def _ended(self, run: Run, task: asyncio.Task[None]) -> None:
        if run.end is None:  # cancelled before its first step, or while it cleaned up
            stopped = run.stop_asked_at is not None
            run.end, run.error = (RunEnd.STOPPED, None) if stopped else (RunEnd.CRASHED, asyncio.CancelledError("nobody asked for it"))
        if not task.cancelled():
            task.exception()  # retrieved: it is in the report
        run.task = None
        self._report(RunReport(bot_id=run.order.bot_id, run_id=run.order.run_id, end=run.end, error=run.error))
