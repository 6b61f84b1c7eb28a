"""What a move of *observed* leaves behind: an event in the journal and, where a person would ask, a line in the bot's log."""

from datetime import datetime

from styrman.domain.bots import Observed
from styrman.domain.events import Event, EventKind
from styrman.log import get_logger
from styrman.manager.lifecycle import Step
from styrman.ports import Mode

log = get_logger()
_LOUD = {Observed.FAILED: log.error, Observed.QUARANTINED: log.error, Observed.BACKOFF: log.warning}
_TOLD = {"BotStarted": "bot started", "BotStopped": "bot stopped", "BotCrashed": "bot crashed; it will be restarted"}
_TOLD |= {"BotFailed": "bot failed; it waits for a person", "BotQuarantined": "bot quarantined: its task will not die"}


def log_move(step: Step, *, venue: str, mode: Mode | None) -> None:
    """Tell a bot's log of the moves that a person asks about, and of whose money it trades where."""
    if step.event in _TOLD:
        status = step.status
        tell = _LOUD.get(status.observed, log.info)
        more = {"venue": venue} | ({"mode": mode.value} if mode else {}) | ({"reason": step.reason} if step.reason else {})
        tell(_TOLD[step.event], bot_id=status.bot_id, run_id=status.run_id, **more)


def move_event(step: Step, at: datetime) -> Event:
    """Return the journal's line for a move."""
    status = step.status
    return Event(
        kind=EventKind.LIFECYCLE,
        name=step.event or "",
        at=at,
        bot_id=status.bot_id,
        reason=step.reason,
        fields={
            "observed": status.observed.value,
            "observed_generation": status.observed_generation,
            "run_id": status.run_id,
            "epoch": status.epoch,
            "error_class": None if status.last_error is None else status.last_error.error_class.value,
            **({"uncancelled_orders": list(step.left)} if step.left else {}),
            "next_retry_at": None if status.next_retry_at is None else status.next_retry_at.isoformat(),
        },
    )
