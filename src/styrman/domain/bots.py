"""A bot's two sides: what is desired of it (`BotRecord`, written by commands) and what is observed (`BotStatus`, written by
the reconciler alone). `MOVES` is the table of every move that *observed* can make; the diagram in the docs is drawn from it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from styrman.domain.spec import BotSpec
from styrman.errors import ErrorClass


class Desired(StrEnum):
    """What the operator wants of a bot's task."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class Observed(StrEnum):
    """Where a bot's task is."""

    STOPPED = "STOPPED"  # no task
    STARTING = "STARTING"  # a task loads the strategy, the book and the first candles
    RUNNING = "RUNNING"  # ready: cycles run
    STOPPING = "STOPPING"  # the task ends at its next safe point; orders are being taken off
    BACKOFF = "BACKOFF"  # waits for a restart
    FAILED = "FAILED"  # given up; waits for a person
    QUARANTINED = "QUARANTINED"  # its task will not die; its gate is revoked and nothing runs beside it

    @property
    def has_task(self) -> bool:
        """Whether a task of this bot may be alive."""
        return self in (Observed.STARTING, Observed.RUNNING, Observed.STOPPING, Observed.QUARANTINED)

    @property
    def is_settled(self) -> bool:
        """Whether a waiter has its answer: nothing moves until a command, a clock or a crash does it."""
        return self not in (Observed.STARTING, Observed.STOPPING)


_O = Observed
MOVES: dict[Observed, dict[Observed, str]] = {
    _O.STOPPED: {_O.STARTING: "start"},
    _O.STARTING: {
        _O.RUNNING: "ready",
        _O.STOPPING: "stop, restart or edit",
        _O.BACKOFF: "crash",
        _O.FAILED: "crash, given up",
        _O.STOPPED: "boot: the old run is void",
    },
    _O.RUNNING: {
        _O.STOPPING: "stop, restart or edit",
        _O.BACKOFF: "crash",
        _O.FAILED: "crash, given up",
        _O.STOPPED: "boot: the old run is void",
    },
    _O.STOPPING: {
        _O.STOPPED: "task ended, orders seen to; or boot: the old run is void",
        _O.QUARANTINED: "task did not end in 10 s",
    },
    _O.BACKOFF: {_O.STARTING: "delay over, or start", _O.STOPPED: "stop"},
    _O.FAILED: {_O.STARTING: "start", _O.STOPPED: "stop or reset"},
    _O.QUARANTINED: {_O.STOPPED: "reset, once the task is gone", _O.FAILED: "boot: the task is gone with its process"},
}


class TradingState(StrEnum):
    """What a bot may send. The strictest of the bot's own, its account's and the system's holds."""

    ACTIVE = "ACTIVE"  # everything that the risk rules allow
    REDUCING = "REDUCING"  # paused: no new exposure; exits are managed
    HALTED = "HALTED"  # nothing but cancels and resting protections; a durable latch that only unhalt lifts

    @property
    def strictness(self) -> int:
        """Higher is stricter."""
        return ("ACTIVE", "REDUCING", "HALTED").index(self.value)


def strictest(*states: TradingState) -> TradingState:
    """Return the strictest of several trading states."""
    return max(states, key=lambda state: state.strictness)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOptions:
    """How a bot is to be stopped."""

    orders: Literal["cancel", "keep"] = "cancel"
    positions: Literal["hold", "flatten"] = "hold"
    timeout_s: float = 30.0


DEFAULT_STOP = StopOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRecord:
    """The desired side of a bot: one row, replaced by each accepted command in one commit.

    `generation` counts accepted changes. `run_after` is the generation from which on a run must have been started: a run
    of an older generation is replaced (restart, edit, or a start that clears FAILED).
    """

    spec: BotSpec
    spec_hash: str
    slot: int  # the bot's place in the packed counters; reused after a delete
    desired: Desired = Desired.STOPPED
    generation: int = 1
    run_after: int = 1
    reset_after: int = 0  # the generation of the last reset
    stop_after: int = 0  # the generation of the last stop: what it asks for is done once, whatever is changed later
    stopped_at: datetime | None = None  # when that was asked for
    paused: bool = False  # the bot's own trading state: REDUCING
    stop: StopOptions = DEFAULT_STOP
    asked_by: str  # who made the last change
    asked_at: datetime
    reason: str = ""
    created_at: datetime

    @property
    def id(self) -> str:
        """The bot's id."""
        return self.spec.id

    @property
    def account(self) -> str:
        """The account its orders go to: one per configured venue."""
        return self.spec.venue


@dataclass(frozen=True, slots=True, kw_only=True)
class BotError:
    """The last thing that went wrong with a bot, as a person needs it."""

    error_class: ErrorClass
    type: str  # the exception's class name
    message: str
    traceback_hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStatus:
    """The observed side of a bot. Only the reconciler writes it, and only through `move`."""

    bot_id: str
    observed: Observed = Observed.STOPPED
    observed_generation: int = 0  # the last generation whose wish was carried out
    since: datetime
    run_id: str | None = None
    run_generation: int = 0
    epoch: int = 0  # +1 with every run; part of every intent
    attempt: int = 0  # restarts since the bot was last healthy for 600 s
    restarts: int = 0  # restarts ever
    restarted_at: tuple[float, ...] = ()  # wall time in s of the restarts within the last 300 s
    same_traceback: int = 0  # how often in a row the last error came from the same traceback
    next_retry_at: datetime | None = None
    last_error: BotError | None = None
    healthy_since: datetime | None = None  # since when it has been RUNNING without a break

    def move(self, to: Observed, *, at: datetime, **changes: object) -> Self:
        """Return the status after a move of the table; ValueError where the table has no such move."""
        if to not in MOVES[self.observed]:
            raise ValueError(f"Bot {self.bot_id!r} can't move from {self.observed} to {to}")
        return replace(self, observed=to, since=at, **changes)  # type: ignore[arg-type] # replace() checks the names at run time


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The answer to a command: the row of its own commit. `changed` is false where there was nothing to do."""

    id: str
    generation: int
    desired: Desired
    observed: Observed
    observed_generation: int
    trading_state: TradingState
    changed: bool
    operation_id: str | None = None  # a flatten is a tracked operation
