"""Boot: the only start-up path there is, the one after a `kill -9`. Old runs are void; what was desired is desired still."""

import secrets
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from pydantic import JsonValue

from styrman.domain.bots import BotRecord, BotStatus, Observed
from styrman.domain.events import Event, EventKind
from styrman.domain.records import Boot, UnreadableBot
from styrman.log import get_logger

log = get_logger()
SAFE_MODE_BOOTS = 3
SAFE_MODE_WINDOW = timedelta(minutes=5)
_VOID = {
    Observed.STARTING: Observed.STOPPED,
    Observed.RUNNING: Observed.STOPPED,
    Observed.STOPPING: Observed.STOPPED,
    Observed.QUARANTINED: Observed.FAILED,
}


def new_boot_id() -> str:
    """Return the id of a boot: part of every event id, so that one of an earlier boot is known as such."""
    return secrets.token_hex(4)


def void_old_runs(bots: Sequence[tuple[BotRecord, BotStatus]], now: datetime) -> tuple[list[BotStatus], list[Event]]:
    """Return the statuses and events that end the runs of the process before: their tasks died with it."""
    statuses: list[BotStatus] = []
    events: list[Event] = []
    for record, status in bots:
        to = _VOID.get(status.observed)
        if to is None:
            continue
        statuses.append(status.move(to, at=now, run_id=None, healthy_since=None))
        fields: dict[str, JsonValue] = {"observed": to.value, "run_id": status.run_id, "epoch": status.epoch}
        events.append(
            Event(kind=EventKind.LIFECYCLE, name="RunVoided", at=now, bot_id=record.id, reason="the process before ended", fields=fields)
        )
    return statuses, events


def without_homeless(boot: Boot, venues: Container[str]) -> Boot:
    """Return the boot with the bots whose venue is in no configuration any more among those that can't be used."""
    homeless = [record for record, _ in boot.bots if record.account not in venues]
    gone = {record.id for record in homeless}
    lost = [
        UnreadableBot(bot_id=record.id, slot=record.slot, error=f"its venue {record.account!r} is not in the configuration; put it back")
        for record in homeless
    ]
    return replace(
        boot,
        bots=[(record, status) for record, status in boot.bots if record.id not in gone],
        open_intents=[intent for intent in boot.open_intents if intent.bot_id not in gone],
        unreadable=[*boot.unreadable, *lost],
    )


class BootLog:
    """How the last boots of a home folder went: a boot that never got ready, or that our own watchdog aborted, counts as died.

    Kept in a file of its own, because the database may be what does not open. A `kill -9` of a healthy process does not count.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "boots.json"

    def begin(self, boot: str, now: datetime) -> str | None:
        """Note that a boot begins; return why bots are to be held, where too many boots died lately."""
        boots = [each for each in self._read() if now.timestamp() - float(str(each["at"])) < SAFE_MODE_WINDOW.total_seconds()]
        died = sum(each["died"] is True for each in boots)
        self._write([*boots, {"boot": boot, "at": now.timestamp(), "died": True}])
        if died < SAFE_MODE_BOOTS:
            return None
        return f"{died} boots died within {SAFE_MODE_WINDOW.total_seconds() / 60:g} minutes; bots are held: mend the cause, then restart"

    def is_ready(self, boot: str) -> None:
        """Note that the boot got ready: whatever ends it now, it did not die of starting."""
        self._mark(boot, died=False)

    def aborted(self, boot: str) -> None:
        """Note that our own watchdog ends the boot."""
        self._mark(boot, died=True)

    def _mark(self, boot: str, *, died: bool) -> None:
        self._write([{**each, "died": died} if each["boot"] == boot else each for each in self._read()])

    def _read(self) -> list[dict[str, object]]:
        try:
            boots = orjson.loads(self._path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return []
        return boots if isinstance(boots, list) else []

    def _write(self, boots: list[dict[str, object]]) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(boots[-20:]))
        fresh.replace(self._path)
