"""The reconciler: one keyed work queue over all bots, and the only writer of *observed*.

It is woken by changes and reports, looks again when a delay is over, and at everyone every 30 s. Each round takes all bots
that are due, computes their next moves, commits them together, and only then lets the moves take effect.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from styrman.clock import Clock
from styrman.config import SupervisionSettings
from styrman.domain.bots import BotRecord, BotStatus, Desired, Observed
from styrman.errors import ErrorClass, StoreFailed
from styrman.log import get_logger
from styrman.manager.caretaker import Caretaker
from styrman.manager.holds import Holds
from styrman.manager.lifecycle import Effect, Lifecycle, RunSight, Sight, Step
from styrman.manager.moves import log_move, move_event
from styrman.manager.pacing import VenuePace
from styrman.manager.restarts import describe
from styrman.manager.state import AsyncBotState
from styrman.manager.supervisor import Run, Supervisor
from styrman.ports import RunOrder, RunReport

log = get_logger()
STORE_RETRY_S = 1.0
ROUND = 500  # bots a round: one commit each round, and the loop breathes in between


class Reconciler:
    """Makes *observed* follow *desired* for every bot of this process."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        state: AsyncBotState,
        supervisor: Supervisor,
        lifecycle: Lifecycle,
        *,
        settings: SupervisionSettings,
        clock: Clock,
        closer: Caretaker,
        pace: VenuePace,
        holds: Holds,
        new_run_id: Callable[[], str],
        arrived: Callable[[Sequence[str]], None],
        give_up: Callable[[str], None],
    ) -> None:
        self._state = state
        self._supervisor = supervisor
        self._lifecycle = lifecycle
        self._settings = settings
        self._clock = clock
        self._closer = closer
        self._pace = pace
        self._holds = holds
        self._new_run_id = new_run_id
        self._arrived = arrived
        self._give_up = give_up
        self._dirty: dict[str, None] = {}
        self._woken = asyncio.Event()
        self._timers: list[tuple[float, str]] = []
        self._frozen = False
        self.last_round_at = clock.monotonic()
        supervisor.reports_to(self.report)

    # ------------------------------------------------------------ being woken

    def poke(self, bot_ids: Iterable[str]) -> None:
        """Look at these bots in the next round."""
        self._dirty.update(dict.fromkeys(bot_ids))
        self._woken.set()

    def report(self, report: RunReport) -> None:
        """Take a run's report."""
        self.poke((report.bot_id,))

    def freeze(self) -> None:
        """Begin no more runs and end none: the process is shutting down and desired stays as it is."""
        self._frozen = True

    @property
    def backlog(self) -> int:
        """How many bots wait to be looked at."""
        return len(self._dirty)

    # ------------------------------------------------------------ the loop

    async def work(self) -> None:
        """Reconcile for ever. Runs as the task `reconciler`."""
        next_resync = self._clock.monotonic() + self._settings.resync_s
        timer = asyncio.ensure_future(self._tick())
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                self.last_round_at = self._clock.monotonic()
                if self.last_round_at >= next_resync:
                    self.poke(await self._state.ids())
                    next_resync = self.last_round_at + self._settings.resync_s
                while self._dirty and not self._frozen:
                    await self._round()
        finally:
            timer.cancel()

    async def _tick(self) -> None:
        """Wake the loop for what is due: delays, stop deadlines, the look at everyone."""
        while True:
            await self._clock.sleep(0.1)
            now = self._clock.monotonic()
            while self._timers and self._timers[0][0] <= now:
                self._dirty[heapq.heappop(self._timers)[1]] = None
            self._woken.set()

    async def _round(self) -> None:
        batch = list(self._dirty)[:ROUND]
        for bot_id in batch:
            del self._dirty[bot_id]
        steps = [(bot_id, step) for bot_id in batch if (step := self._next(bot_id)) is not None]
        if not steps:
            return
        try:
            await self._state.observe(
                _changed(self._state, steps), *(move_event(step, self._clock.now()) for _, step in steps if step.event)
            )
        except StoreFailed as error:
            log.error("moves could not be journaled; trying again", bots=len(steps), error=error.detail)
            await self._clock.sleep(STORE_RETRY_S)
        else:
            for bot_id, step in steps:
                self._take_effect(bot_id, step)
        self._arrived([bot_id for bot_id, _ in steps])
        # One step may make the next one possible (a stop, then a start): look again until nothing moves.
        self.poke(bot_id for bot_id, _ in steps)

    # ------------------------------------------------------------ one bot

    def _next(self, bot_id: str) -> Step | None:
        bot = self._state.peek(bot_id)
        if bot is None:
            self._supervisor.forget(bot_id)
            self._holds.forget(bot_id)
            return None
        record, status = bot
        run = self._supervisor.run(bot_id)
        now = self._clock.now()
        step = self._lifecycle.next_step(
            Sight(
                record=record,
                status=status,
                run=None if run is None else self._sight(run, now),
                now=now,
                held=self._holds.of(record),
                paced=self._may_restart(record, status, now),
                closing=self._closing(record, status, run),
                left=self._closer.left(record),
                new_run_id=self._new_run_id,
            )
        )
        if step is None:
            self._look_again(record, status, now)
        return step

    def _sight(self, run: Run, now: datetime) -> RunSight:
        stopping_for_s = 0.0 if run.stop_asked_at is None else self._clock.monotonic() - run.stop_asked_at
        error = None
        if run.end is not None:
            error = describe(run.error or RuntimeError("the bot's loop ended by itself"), now)
        return RunSight(
            run_id=run.order.run_id,
            ready=run.ready,
            end=run.end,
            error=error,
            stopping_for_s=stopping_for_s,
            cancels=run.cancels,
            stuck=self._supervisor.is_stuck(run, self._settings.quarantine_s),
        )

    def _may_restart(self, record: BotRecord, status: BotStatus, now: datetime) -> bool:
        due = status.observed is Observed.BACKOFF and (status.next_retry_at is None or now >= status.next_retry_at)
        return due and record.desired is Desired.RUNNING and self._pace.allows(record.account)

    def _closing(self, record: BotRecord, status: BotStatus, run: Run | None) -> bool:
        """Begin, once a stopping bot's task has ended, what its stop asks for; return whether it still goes on."""
        if record.desired is not Desired.STOPPED or (run is not None and run.end is None):
            return False
        if status.observed is Observed.STOPPING or status.observed_generation < record.stop_after:
            return self._closer.begin(record)
        if status.observed is Observed.STOPPED:
            self._closer.go_on(record)
        return self._closer.is_closing(record.id)

    def _look_again(self, record: BotRecord, status: BotStatus, now: datetime) -> None:
        """Ask for another look where only time is missing."""
        delay_s: float | None = None
        if status.observed is Observed.STOPPING:
            delay_s = 0.25
        elif status.observed is Observed.BACKOFF and record.desired is Desired.RUNNING and status.next_retry_at is not None:
            delay_s = max(0.1, (status.next_retry_at - now).total_seconds())
        if delay_s is not None:
            heapq.heappush(self._timers, (self._clock.monotonic() + delay_s, record.id))

    def _draw_conclusions(self, record: BotRecord, status: BotStatus, step: Step) -> None:
        """Let what happened to one bot count for its account, its venue and the process."""
        run = self._supervisor.run(record.id)
        log_move(step, venue=record.account, mode=None if run is None else run.bot.desk.venue.mode)
        if step.event is None:
            return
        self._holds.note(record, status)
        if status.observed is Observed.RUNNING:
            self._pace.succeeded(record.account)
        elif status.observed in (Observed.BACKOFF, Observed.FAILED):
            self._pace.crashed(record.account)
            error = status.last_error
            if error is not None and error.error_class is ErrorClass.PROCESS:
                self._give_up(f"bot {record.id!r} met {error.type}: {error.message}")

    def _take_effect(self, bot_id: str, step: Step) -> None:
        status = step.status
        bot = self._state.peek(bot_id)
        if bot is None:
            return
        self._draw_conclusions(bot[0], status, step)
        match step.effect:
            case Effect.START:
                self._supervisor.start(
                    RunOrder(bot_id=bot_id, run_id=status.run_id or "", epoch=status.epoch, generation=status.run_generation)
                )
            case Effect.STOP:
                self._supervisor.stop(status.run_id or "", step.reason)
            case Effect.CANCEL:
                self._supervisor.cancel(status.run_id or "")
            case Effect.REVOKE:
                self._supervisor.revoke(status.run_id or "")
            case Effect.FORGET:
                self._supervisor.forget(bot_id)
            case Effect.NONE:
                pass


def _changed(state: AsyncBotState, steps: Sequence[tuple[str, Step]]) -> list[BotStatus]:
    """Return the statuses that differ from those in force: some steps only have an effect."""
    return [step.status for bot_id, step in steps if (bot := state.peek(bot_id)) is not None and bot[1] is not step.status]
