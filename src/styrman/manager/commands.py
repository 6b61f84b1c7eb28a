"""What each command makes of a bot's desired side. Pure: a record and a status in, the next record out, None for nothing to do.

The meaning of each command, and of the same command again, is the table in section 3 of the design.
"""

from dataclasses import replace

from styrman.domain.bots import DEFAULT_STOP, BotRecord, BotStatus, Desired, Observed, StopOptions
from styrman.domain.spec import BotSpec, spec_hash
from styrman.errors import BotHasExposure, BotQuarantined


def awaits_run(record: BotRecord, status: BotStatus) -> bool:
    """Whether a run is wanted that has not begun yet."""
    return record.desired is Desired.RUNNING and record.run_after > status.run_generation


def start(record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Desire RUNNING. An operator's start of a FAILED bot is a decision: it runs again."""
    _refuse_quarantined(status, "starting")
    if record.desired is Desired.RUNNING and (status.observed is not Observed.FAILED or awaits_run(record, status)):
        return None
    return _run_anew(record)


def stop(options: StopOptions, record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Desire STOPPED, with these options. Stopping a stopped bot again is nothing, but with other options it is a change."""
    del status
    if record.desired is Desired.STOPPED and record.stop == options:
        return None
    generation = record.generation + 1
    return replace(record, generation=generation, desired=Desired.STOPPED, stop=options, stop_after=generation)


def restart(record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Stop, then start with a new run. Asked again before the stopping begins, it is the same restart."""
    _refuse_quarantined(status, "restarting")
    if awaits_run(record, status) and status.observed in (Observed.STARTING, Observed.RUNNING):
        return None
    return _run_anew(record)


def pause(record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Let it reduce only."""
    del status
    return None if record.paused else replace(record, generation=record.generation + 1, paused=True)


def resume(record: BotRecord, status: BotStatus, *, is_latched: bool) -> BotRecord | None:
    """Let it trade again: neither paused nor, in any instrument, latched flat."""
    del status
    return replace(record, generation=record.generation + 1, paused=False) if record.paused or is_latched else None


def touch(record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Count a change that lies elsewhere (a latch, a flatten)."""
    del status
    return replace(record, generation=record.generation + 1)


def reset(record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Clear FAILED, or QUARANTINED once its task is gone, and the counters, without starting."""
    if status.observed not in (Observed.FAILED, Observed.QUARANTINED):
        return None
    generation = record.generation + 1
    # What an earlier stop asked for was done then. One that ran into the quarantine is still to be carried out.
    options = record.stop if record.desired is Desired.STOPPED else DEFAULT_STOP
    return replace(record, generation=generation, desired=Desired.STOPPED, reset_after=generation, stop=options, stop_after=generation)


def edit(spec: BotSpec, record: BotRecord, status: BotStatus) -> BotRecord | None:
    """Take another spec. A running bot takes it by a restart at its next safe point; labels alone need none."""
    if spec == record.spec:
        return None
    generation = record.generation + 1
    same_work = replace(spec, labels=record.spec.labels) == record.spec
    keeps_run = same_work or status.observed is Observed.FAILED
    run_after = record.run_after if keeps_run else generation
    return replace(record, spec=spec, spec_hash=spec_hash(spec), generation=generation, run_after=run_after)


def check_removable(record: BotRecord, status: BotStatus, *, has_exposure: bool) -> None:
    """Raise where a bot must not be deleted as it stands. Conflict errors say what to do first."""
    if status.observed.has_task:
        _refuse_quarantined(status, "deleting")
        raise BotHasExposure(f"Bot {record.id!r} is {status.observed}; stop it before deleting.")
    if has_exposure:
        raise BotHasExposure(
            f"Bot {record.id!r} holds a position or working orders; flatten it first, or delete with exposure=flatten or =abandon."
        )


def _run_anew(record: BotRecord) -> BotRecord:
    generation = record.generation + 1
    return replace(record, generation=generation, desired=Desired.RUNNING, run_after=generation)


def _refuse_quarantined(status: BotStatus, doing: str) -> None:
    if status.observed is Observed.QUARANTINED:
        raise BotQuarantined(f"Bot {status.bot_id!r} is QUARANTINED: its task would not die; reset it before {doing}.")
