"""The next move of one bot: a pure function of what is desired, what is observed and what its run says. It touches nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from styrman.config import SupervisionSettings
from styrman.domain.bots import BotError, BotRecord, BotStatus, Desired, Observed
from styrman.manager.commands import awaits_run
from styrman.manager.restarts import RestartRules
from styrman.ports import RunEnd


class Effect(StrEnum):
    """What is to be done once a move is durable."""

    NONE = "none"
    START = "start"  # begin the run named in the status
    STOP = "stop"  # ask the run to end at its next safe point
    CANCEL = "cancel"  # cancel its task: it is late
    REVOKE = "revoke"  # close its gate: it does not end
    FORGET = "forget"  # drop the ended run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSight:
    """What is known of a bot's run."""

    run_id: str
    ready: bool
    end: RunEnd | None
    error: BotError | None
    stopping_for_s: float  # since it was asked to end; 0 where it wasn't
    cancels: int
    stuck: bool = False  # overdue, and does not follow its cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that the next move depends on."""

    record: BotRecord
    status: BotStatus
    run: RunSight | None
    now: datetime
    held: str | None  # why no run may begin now: safe mode, shutdown, a refused credential
    paced: bool  # whether the venue's pace allows a restart now
    closing: bool  # whether its orders are still being taken off
    left: tuple[str, ...] = ()  # the orders that a stop has not got off
    new_run_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Step:
    """A status to commit, the name of its event (none for bookkeeping), and what follows."""

    status: BotStatus
    event: str | None
    effect: Effect = Effect.NONE
    reason: str = ""
    left: tuple[str, ...] = ()  # the orders that a stop has not got off


class Lifecycle:
    """The rules, by observed state. Each returns the next step, or None where the bot is where it should be."""

    def __init__(self, settings: SupervisionSettings, rules: RestartRules) -> None:
        self._settings = settings
        self._rules = rules

    def next_step(self, sight: Sight) -> Step | None:
        """Return the one next step."""
        step = _RULES[sight.status.observed](self, sight)
        return step if step is not None else self._caught_up(sight)

    def _stopped(self, sight: Sight) -> Step | None:
        if sight.record.desired is Desired.RUNNING and sight.held is None:
            return self._start(sight)
        return None

    def _starting(self, sight: Sight) -> Step | None:
        step = self._running(sight)
        if step is None and sight.run is not None and sight.run.ready:
            status = sight.status.move(Observed.RUNNING, at=sight.now, healthy_since=sight.now, next_retry_at=None)
            return Step(self._seen(status, sight), "BotStarted")
        return step

    def _running(self, sight: Sight) -> Step | None:
        run = sight.run
        if run is None or run.end is not None:
            return self._ended(sight, run)
        if sight.record.desired is Desired.STOPPED or awaits_run(sight.record, sight.status):
            reason = "stop" if sight.record.desired is Desired.STOPPED else "a new run is wanted"
            return Step(sight.status.move(Observed.STOPPING, at=sight.now), "BotStopping", Effect.STOP, reason)
        if run.stuck:
            return Step(sight.status.move(Observed.STOPPING, at=sight.now), "BotStopping", Effect.STOP, "its cycle ran into the deadline")
        return None

    def _ended(self, sight: Sight, run: RunSight | None) -> Step:
        """A run ended that was to go on. A stop or a restart that was asked for meanwhile is carried out from where the crash leads."""
        if run is None or run.error is None:
            raise AssertionError(f"bot {sight.record.id!r} has no run and no error, yet is {sight.status.observed}")
        status = self._rules.after_crash(sight.status, run.error, sight.record.spec.restart.policy)
        name = "BotFailed" if status.observed is Observed.FAILED else "BotCrashed"
        to_go_on = sight.record.desired is Desired.RUNNING and not awaits_run(sight.record, status)
        return Step(self._seen(status, sight) if to_go_on else status, name, Effect.FORGET, f"{run.error.type}: {run.error.message}")

    def _stopping(self, sight: Sight) -> Step | None:
        run = sight.run
        if run is not None and run.end is None:
            return self._late(sight, run)
        if sight.closing and (sight.now - sight.status.since).total_seconds() < sight.record.stop.timeout_s:
            return None
        status = sight.status.move(Observed.STOPPED, at=sight.now, run_id=None, healthy_since=None)
        reason = _what_is_left(sight) if sight.closing else ""
        status = self._seen(status, sight) if sight.record.desired is Desired.STOPPED else status
        return Step(status, "BotStopped", Effect.FORGET, reason, left=sight.left)

    def _late(self, sight: Sight, run: RunSight) -> Step | None:
        if run.stopping_for_s >= self._settings.quarantine_s:
            status = sight.status.move(Observed.QUARANTINED, at=sight.now)
            reason = f"its task did not end within {self._settings.quarantine_s:g} s"
            return Step(self._seen(status, sight), "BotQuarantined", Effect.REVOKE, reason)
        due = sum(run.stopping_for_s >= at for at in self._settings.cancel_at_s)
        return Step(sight.status, None, Effect.CANCEL) if due > run.cancels else None

    def _backoff(self, sight: Sight) -> Step | None:
        if sight.record.desired is Desired.STOPPED:
            status = sight.status.move(Observed.STOPPED, at=sight.now, run_id=None, next_retry_at=None)
            return Step(self._seen(status, sight), "BotStopped")
        if sight.held is not None:
            return None
        if awaits_run(sight.record, sight.status):
            return self._start(sight)
        due = sight.status.next_retry_at is None or sight.now >= sight.status.next_retry_at
        return self._start(sight) if due and sight.paced else None

    def _failed(self, sight: Sight) -> Step | None:
        if sight.record.desired is Desired.STOPPED:
            cleared = sight.status.move(Observed.STOPPED, at=sight.now, run_id=None, attempt=0, same_traceback=0, restarted_at=())
            return Step(self._seen(cleared, sight), "BotStopped")
        if awaits_run(sight.record, sight.status) and sight.held is None:
            return self._start(sight, attempt=0, same_traceback=0, restarted_at=())
        return None

    def _quarantined(self, sight: Sight) -> Step | None:
        gone = sight.run is None or sight.run.end is not None
        if gone and sight.record.reset_after > sight.status.run_generation:
            cleared = sight.status.move(Observed.STOPPED, at=sight.now, run_id=None, attempt=0, same_traceback=0, restarted_at=())
            return Step(self._seen(cleared, sight), "BotStopped", Effect.FORGET, "reset")
        return None

    def _start(self, sight: Sight, **changes: object) -> Step:
        status = sight.status.move(
            Observed.STARTING,
            at=sight.now,
            run_id=sight.new_run_id(),
            run_generation=sight.record.generation,
            epoch=sight.status.epoch + 1,
            next_retry_at=None,
            **changes,
        )
        return Step(status, "BotStarting", Effect.START)

    def _caught_up(self, sight: Sight) -> Step | None:
        """Nothing moves any more: whatever the last command wanted has been seen to."""
        status = sight.status
        if status.observed_generation == sight.record.generation or not status.observed.is_settled or self._waits_to_start(sight):
            return None
        return Step(self._seen(status, sight), None)

    def _waits_to_start(self, sight: Sight) -> bool:
        observed = sight.status.observed
        wanted = observed is Observed.STOPPED and sight.record.desired is Desired.RUNNING
        return wanted or (observed in (Observed.BACKOFF, Observed.FAILED) and awaits_run(sight.record, sight.status))

    def _seen(self, status: BotStatus, sight: Sight) -> BotStatus:
        return replace(status, observed_generation=sight.record.generation)


def _what_is_left(sight: Sight) -> str:
    orders = f" (orders {', '.join(sight.left)})" if sight.left else ""
    return f"orders or positions are left{orders}; still closing them"


_RULES = {
    Observed.STOPPED: Lifecycle._stopped,  # noqa: SLF001 - the table of this class's own rules
    Observed.STARTING: Lifecycle._starting,  # noqa: SLF001
    Observed.RUNNING: Lifecycle._running,  # noqa: SLF001
    Observed.STOPPING: Lifecycle._stopping,  # noqa: SLF001
    Observed.BACKOFF: Lifecycle._backoff,  # noqa: SLF001
    Observed.FAILED: Lifecycle._failed,  # noqa: SLF001
    Observed.QUARANTINED: Lifecycle._quarantined,  # noqa: SLF001
}
