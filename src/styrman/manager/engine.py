"""The engine: the manager's parts, opened in the order of a boot and closed in the order of a shutdown, and how they do."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from styrman.clock import Clock
from styrman.config import Settings
from styrman.domain.bots import BotError, BotStatus, Observed
from styrman.domain.events import Event, EventKind
from styrman.domain.records import Boot
from styrman.errors import ErrorClass, StoreFailed
from styrman.log import get_logger
from styrman.manager.boots import void_old_runs, without_homeless
from styrman.manager.bus import Bus
from styrman.manager.culprit import StallReport
from styrman.manager.parts import Parts
from styrman.manager.systemd import Notifier
from styrman.manager.watchdog import Watchdog
from styrman.manager.wiring import Wiring
from styrman.ports import Mode

log = get_logger()
STALE_S = 5.0  # the heart or the reconciler has not moved for this long: not ready
VENUES_OPEN_S = 2.0  # bots wait for their own venue; others don't
ABORT_COMMIT_S = 3.0
AT_THE_END = (
    "send:",  # those that had no answer in time: the journal has them as on their way
    "pulse",
    "reconciler",
    "heart",
    "check:",
    "guard:",
    "operation:",
    "halt:",
    "close:",
    "exit:",
    "resolve:",
    "cancel:",
    "fills:",
    "protect:",
)


class Engine(Parts):
    """The parts at work."""

    def __init__(self, settings: Settings, clock: Clock, wiring: Wiring, *, boot: str, bus: Bus) -> None:
        super().__init__(settings, clock, wiring, boot=boot, bus=bus)
        self._stack = AsyncExitStack()
        self._notifier = Notifier() if settings.profile == "service" else None
        self.watchdog = Watchdog(
            settings.watchdog,
            on_stall=self._stalled,
            on_abort=self._aborting if settings.profile == "service" else None,
            healthy=self.is_healthy,
            notifier=self._notifier,
        )

    # ------------------------------------------------------------ opening and closing

    async def open(self) -> None:
        """Boot. StartupError where the home folder is held by another process or its database can't be read; nothing stays open then."""
        store = self.wiring.store
        async with AsyncExitStack() as stack:
            stack.callback(self.wiring.close)
            await store.open()
            stack.push_async_callback(store.close)
            stack.callback(self.bus.close)
            self.holds.process = self._safe_mode()
            boot = await self._take_over(await store.boot())
            stack.push_async_callback(self._flush)
            stack.push_async_callback(self.wiring.compute.close)
            stack.push_async_callback(self.venues.close)
            stack.push_async_callback(self.wiring.market.close)
            await self.venues.open(boot.open_intents, timeout_s=VENUES_OPEN_S)
            self._begin(stack)
            self._stack = stack.pop_all()
        self.boots.is_ready(self.boot)
        if self._notifier is not None:
            self._notifier.ready()
        live = sorted(name for name, venue in self.wiring.venues.items() if venue.mode is Mode.LIVE)
        log.info("ready", bots=len(boot.bots), boot=self.boot, safe_mode=self.holds.process, live_venues=live)

    async def close(self) -> None:
        """Shut down, desired unchanged: no new runs, gates closed, sends drained, bots stopped, everything flushed and closed."""
        if self._notifier is not None:
            self._notifier.stopping()
        await self._stack.aclose()

    async def _take_over(self, boot: Boot) -> Boot:
        """Go on with what the process before left: its runs are void, what was desired of its bots stands."""
        boot = without_homeless(boot, self.desks)
        for halt in boot.halts:
            self.gates.close(halt)
        self.cycles.stats.load(boot.counters)
        now = self.clock.now()
        statuses, events = void_old_runs(boot.bots, now)
        lost = [
            Event(kind=EventKind.SYSTEM, name="BotUnreadable", at=now, bot_id=each.bot_id, reason=each.error) for each in boot.unreadable
        ]
        started = Event(kind=EventKind.SYSTEM, name="Booted", at=now, fields={"boot": self.boot, "bots": len(boot.bots)})
        await self.journal.write(*statuses, *events, *lost, started)
        for each in boot.unreadable:
            log.error("a stored bot can't be used; it is left as it is", bot_id=each.bot_id, error=each.error)
            self.unreadable[each.bot_id] = each
        self._load(boot, statuses)
        await self.equity_log.load(now)
        await self.operations.interrupt(boot.running_operations)
        return boot

    def _load(self, boot: Boot, statuses: Sequence[BotStatus]) -> None:
        void = {status.bot_id: status for status in statuses}
        self.state.load([(record, void.get(record.id, status)) for record, status in boot.bots])
        for record, status in self.state:
            self.holds.note(record, status)
        self.floor.load(boot, self._record)
        self.accounts.load(boot.accounts, boot.funding)
        self.teller.peek = self.state.peek
        self.teller.state = self.fleet.state
        self.floor.on_new = self.caretaker.take
        self.state.notify(self._changed)

    def _begin(self, stack: AsyncExitStack) -> None:
        """Start what runs for ever; on the way out it ends in the order of a shutdown."""
        self.caretaker.open()
        self.halts.resume()
        stack.callback(self.caretaker.close)
        stack.push_async_callback(self._end_tasks)
        self.tasks.start(self.pulse.run(), name="pulse")
        self.tasks.start(self.reconciler.work(), name="reconciler")
        self.tasks.start(self.heart.run(), name="heart")
        stack.callback(self.teller.follow_logs())
        self.watchdog.start()
        stack.push_async_callback(self.watchdog.stop)
        self.wiring.telemetry.gauges(self._gauges)
        stack.push_async_callback(self._stop_trading)
        self.reconciler.poke([record.id for record, _ in self.state])

    async def _stop_trading(self) -> None:
        limits = self.settings.supervision
        self.reconciler.freeze()
        self.gates.shut("styrman is shutting down")
        await self.tasks.drain(timeout_s=limits.drain_s, prefix="send:")
        for run in self.supervisor.runs():
            self.supervisor.stop(run.order.run_id, "shutdown")
        tasks = [run.task for run in self.supervisor.runs() if run.task is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=limits.stop_s)
        for task in late:
            log.error("bot did not stop in time; left behind", task=task.get_name())
            task.cancel()

    async def _end_tasks(self) -> None:
        for prefix in AT_THE_END:
            await self.tasks.cancel(prefix=prefix)
        for prefix in ("command:", "journal:"):
            await self.tasks.drain(timeout_s=self.settings.supervision.drain_s, prefix=prefix)
        await self.tasks.cancel(prefix="journal:")  # what can't be written now is asked of the venue at the next boot

    async def _flush(self) -> None:
        try:
            await self.heart.flush()
            await self.operations.flush()
        except StoreFailed as error:
            log.error("counters could not be flushed", error=error.detail)

    # ------------------------------------------------------------ health

    def is_healthy(self) -> bool:
        """Whether loop, journal and reconciler make progress."""
        now = self.clock.monotonic()
        moving = now - self.heart.last_beat_at < STALE_S and (not self.reconciler.backlog or now - self.reconciler.last_round_at < STALE_S)
        return moving and not self.journal.failures and not self.failed.is_set()

    def _stalled(self, report: StallReport) -> None:
        self.wiring.telemetry.count("stalls", severity=report.severity.name.lower())

    def _aborting(self, report: StallReport) -> None:
        """On the watchdog's thread, the loop standing still: make the culprit FAILED, so that the next boot runs without it."""
        self.boots.aborted(self.boot)
        bot = self.state.peek(report.bot_id or "")
        if bot is None:
            return
        now = self.clock.now()
        error = BotError(
            error_class=ErrorClass.PROGRAMMING,
            type="LoopStalled",
            message=f"it held the event loop for {report.seconds:.0f} s; the process was ended to save the others",
            traceback_hash="",
            at=now,
        )
        status = replace(bot[1], observed=Observed.FAILED, since=now, last_error=error, observed_generation=bot[0].generation)
        event = Event(kind=EventKind.LIFECYCLE, name="BotFailed", at=now, bot_id=bot[0].id, reason=error.message)
        self.wiring.store.commit_blocking(status, event, timeout_s=ABORT_COMMIT_S)

    # ------------------------------------------------------------ within

    def _safe_mode(self) -> str | None:
        why = self.boots.begin(self.boot, self.clock.now())
        if self.settings.safe_mode:
            why = "the setting safe_mode holds all bots"
        if why is not None:
            log.critical("SAFE MODE: the API is up, no bot is started", reason=why)
        return why

    def _changed(self, bot_ids: Sequence[str]) -> None:
        self.floor.refresh(bot_ids)
        self.reconciler.poke(bot_ids)
        self.arrivals.look(bot_ids)

    def _gauges(self) -> dict[str, Mapping[tuple[str, ...], float]]:
        states = dict.fromkeys(Observed, 0)
        for _, status in self.state:
            states[status.observed] += 1
        store = self.wiring.store.health()
        return {
            **self.cycles.stats.gauges(),
            "bots": {(state.value,): float(count) for state, count in states.items()},
            "loop_lag_seconds": {(): self.watchdog.loop_lag_ms / 1000},
            "journal_depth": {(): float(store.queue_depth)},
            "commits": {(): float(store.commits)},
            "commit_seconds": {("0.5",): store.commit_p50_ms / 1000, ("0.99",): store.commit_p99_ms / 1000},
            "store_errors": {(): float(store.errors)},
            "store_bytes": {(): float(store.size_bytes)},
            "stream_readers": {(): float(self.bus.readers)},
        }
