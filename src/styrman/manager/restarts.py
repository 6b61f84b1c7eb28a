"""The restart policy: what a crash makes of a bot. Pure but for the jitter, which is handed in.

Delay = uniform(1/2, 1) x min(cap, 2^n) seconds; n starts again after a healthy while. More than `max_restarts` within the
window: transient errors stay at the cap, all others are given up.
"""

import errno
import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from styrman.config import SupervisionSettings
from styrman.domain.bots import BotError, BotStatus, Observed
from styrman.domain.spec import RestartPolicy
from styrman.errors import ErrorClass, StyrmanError

SAME_TRACEBACK_LIMIT = 3
_PATIENT = frozenset({ErrorClass.TRANSIENT, ErrorClass.CLOCK, ErrorClass.BUSINESS})
_PROCESS_ILL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})  # disk full, no file handles
_HOPELESS = frozenset({ErrorClass.AUTH, ErrorClass.PERMANENT})


def classify(error: BaseException) -> ErrorClass:
    """Return the class of an error that ended a run. What we don't know is a bug in somebody's program."""
    if isinstance(error, StyrmanError):
        return error.error_class
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _PROCESS_ILL):
        return ErrorClass.PROCESS
    return ErrorClass.PROGRAMMING


def describe(error: BaseException, at: datetime) -> BotError:
    """Return the error as it is stored and shown."""
    return BotError(
        error_class=classify(error),
        type=getattr(error, "type_name", type(error).__name__),
        message=str(error)[:2000],
        traceback_hash=traceback_hash(error),
        at=at,
    )


def traceback_hash(error: BaseException) -> str:
    """Return a hash of where an error came from: the same for the same bug, whatever the values in its message."""
    remote = getattr(error, "traceback_text", None)
    if remote is None:
        frames = traceback.extract_tb(error.__traceback__)
        remote = "\n".join(f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames)
    return hashlib.sha256(f"{type(error).__name__}\n{remote}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RestartRules:
    """The policy's figures and its jitter: a callable that returns uniform numbers in [1/2, 1)."""

    settings: SupervisionSettings
    jitter: Callable[[], float]

    def after_crash(self, status: BotStatus, error: BotError, policy: RestartPolicy) -> BotStatus:
        """Return the status after a crash: in BACKOFF with its next retry, or FAILED."""
        status = self._forgive(status, error.at)
        same = self._same_traceback(status, error)
        recent = self._recent(status, error.at)
        if self._gives_up(error, policy, same, len(recent)):
            return status.move(Observed.FAILED, at=error.at, last_error=error, same_traceback=same, next_retry_at=None, healthy_since=None)
        steady = len(recent) >= self.settings.max_restarts  # only patient errors get here: they stay at the cap
        delay_s = self.jitter() * (
            self.settings.backoff_cap_s if steady else min(self.settings.backoff_cap_s, 2.0 ** min(status.attempt, 30))
        )
        return status.move(
            Observed.BACKOFF,
            at=error.at,
            last_error=error,
            same_traceback=same,
            attempt=status.attempt + 1,
            restarts=status.restarts + 1,
            restarted_at=(*recent, error.at.timestamp()),
            next_retry_at=error.at + timedelta(seconds=delay_s),
            healthy_since=None,
        )

    def _forgive(self, status: BotStatus, now: datetime) -> BotStatus:
        """Forget earlier crashes of a bot that was healthy for long enough."""
        healthy_since = status.healthy_since
        if healthy_since is None or (now - healthy_since).total_seconds() < self.settings.healthy_s:
            return status
        return replace(status, attempt=0, same_traceback=0, restarted_at=())

    def _same_traceback(self, status: BotStatus, error: BotError) -> int:
        last = status.last_error
        same = last is not None and status.same_traceback > 0 and last.traceback_hash == error.traceback_hash
        return status.same_traceback + 1 if same else 1

    def _recent(self, status: BotStatus, now: datetime) -> tuple[float, ...]:
        since = now.timestamp() - self.settings.restart_window_s
        return tuple(at for at in status.restarted_at if at > since)

    def _gives_up(self, error: BotError, policy: RestartPolicy, same: int, recent: int) -> bool:
        if error.error_class in _HOPELESS or policy is RestartPolicy.NEVER:
            return True
        if error.error_class in _PATIENT:
            return False
        return same >= SAME_TRACEBACK_LIMIT or recent >= self.settings.max_restarts
