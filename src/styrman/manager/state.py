"""AsyncBotState: every bot's desired and observed side, behind locks, durable before it is seen.

A command is linearised where its row commits. Reads come from memory, which shows a row only after its commit. It decides
nothing: commands decide what is desired, the reconciler what is observed.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from styrman.clock import Clock
from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.events import Event, EventKind
from styrman.domain.records import BotRemoved, Row
from styrman.errors import BotNotFound, StaleGeneration
from styrman.manager.locks import AllLocks
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks

Change = Callable[[BotRecord, BotStatus], BotRecord | None]
Records = Mapping[str, tuple[BotRecord, BotStatus]]
Make = Callable[[Records], Sequence[BotRecord]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for a change, and why; `if_match` is the generation that they saw, `fields` what else the journal keeps of it."""

    action: str
    actor: str = "local"
    reason: str = ""
    if_match: int | None = None
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(slots=True)
class _Entry:
    record: BotRecord
    status: BotStatus
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class AsyncBotState:
    """The bots of this process. Every method that changes something returns after the commit, even where its caller is cancelled."""

    def __init__(self, journal: Journal, clock: Clock, tasks: OwnedTasks) -> None:
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._entries: dict[str, _Entry] = {}
        self._creating = asyncio.Lock()
        self._on_change: Callable[[Sequence[str]], None] = lambda _: None

    def load(self, bots: Iterable[tuple[BotRecord, BotStatus]]) -> None:
        """Take in what the store holds, at boot."""
        self._entries = {record.id: _Entry(record, status) for record, status in sorted(bots, key=lambda bot: bot[0].id)}

    def notify(self, on_change: Callable[[Sequence[str]], None]) -> None:
        """Call back after each committed change with the ids it touched."""
        self._on_change = on_change

    # ------------------------------------------------------------ reading

    async def get(self, bot_id: str) -> tuple[BotRecord, BotStatus]:
        """Return both sides of a bot; BotNotFound."""
        entry = self._entry(bot_id)
        return entry.record, entry.status

    async def ids(self) -> list[str]:
        """Return every bot's id, sorted."""
        return sorted(self._entries)

    def peek(self, bot_id: str) -> tuple[BotRecord, BotStatus] | None:
        """Return both sides of a bot, None where there is none: for the manager's own parts, which must not yield."""
        entry = self._entries.get(bot_id)
        return None if entry is None else (entry.record, entry.status)

    def __iter__(self) -> Iterator[tuple[BotRecord, BotStatus]]:
        return iter([(entry.record, entry.status) for entry in self._entries.values()])

    def __len__(self) -> int:
        return len(self._entries)

    # ------------------------------------------------------------ the desired side

    async def change(
        self, bot_id: str, change: Change, asked: Asked, *rows: Row, then: Callable[[BotRecord], None] = lambda _: None
    ) -> tuple[BotRecord, BotStatus, bool]:
        """Commit what `change` makes of the record, in one commit with further rows; None from it: nothing to do.

        `then` is told the new record right after the commit, even where the caller is cancelled meanwhile.
        Returns the row of its own commit and whether it changed.
        BotNotFound; StaleGeneration where `if_match` is not the record's generation; what `change` raises; StoreFailed.
        """
        return await self._tasks.finish(self._change(bot_id, change, asked, rows, then), name=f"command:{asked.action}:{bot_id}")

    async def _change(
        self, bot_id: str, change: Change, asked: Asked, rows: Sequence[Row], then: Callable[[BotRecord], None]
    ) -> tuple[BotRecord, BotStatus, bool]:
        entry = self._entry(bot_id)
        async with entry.lock:
            if self._entry(bot_id) is not entry:  # deleted while we waited, and created anew
                return await self._change(bot_id, change, asked, rows, then)
            check_match(entry.record, asked)
            wanted = change(entry.record, entry.status)
            if wanted is None:
                return entry.record, entry.status, False
            record = self._next(wanted, asked)
            await self._journal.write(record, *rows, self.event(record, asked))
            entry.record = record
        then(record)
        self._on_change((bot_id,))
        return record, entry.status, True

    async def change_many(self, bot_ids: Sequence[str], change: Change, asked: Asked) -> dict[str, BotRecord | Exception | None]:
        """Change many bots in one commit; per id: the new record, None (nothing to do), or why that bot refused."""
        return await self._tasks.finish(self._change_many(bot_ids, change, asked), name=f"command:{asked.action}")

    async def _change_many(self, bot_ids: Sequence[str], change: Change, asked: Asked) -> dict[str, BotRecord | Exception | None]:
        answers: dict[str, BotRecord | Exception | None] = {}
        rows: list[Row] = []
        async with self._locked(bot_ids):
            for bot_id in bot_ids:
                answer = self._attempt(bot_id, change, asked)
                answers[bot_id] = answer
                if isinstance(answer, BotRecord):
                    rows += [answer, self.event(answer, asked)]
            if rows:
                await self._journal.write(*rows)
            changed = {bot_id: answer for bot_id, answer in answers.items() if isinstance(answer, BotRecord)}
            for bot_id, record in changed.items():
                self._entries[bot_id].record = record
        self._on_change(tuple(changed))
        return answers

    def _attempt(self, bot_id: str, change: Change, asked: Asked) -> BotRecord | Exception | None:
        try:
            entry = self._entry(bot_id)
            wanted = change(entry.record, entry.status)
        except Exception as error:  # noqa: BLE001 - it is this bot's answer, and the caller reports it
            return error
        return None if wanted is None else self._next(wanted, asked)

    async def put(self, bot_ids: Sequence[str], make: Make, asked: Asked) -> Sequence[BotRecord]:
        """Create and change these bots all or nothing: `make` sees every bot's record and returns the rows to store, or raises."""
        return await self._tasks.finish(self._put(bot_ids, make, asked), name=f"command:{asked.action}")

    async def _put(self, bot_ids: Sequence[str], make: Make, asked: Asked) -> Sequence[BotRecord]:
        async with self._creating, self._locked(bot_ids):
            for bot_id in bot_ids:
                if bot_id in self._entries:
                    check_match(self._entries[bot_id].record, asked)
            records = [
                self._next(record, asked) for record in make({i: (entry.record, entry.status) for i, entry in self._entries.items()})
            ]
            now = self._clock.now()
            rows: list[Row] = []
            fresh: dict[str, _Entry] = {}
            for record in records:
                rows += [record, self.event(record, asked)]
                if record.id not in self._entries:
                    fresh[record.id] = _Entry(record, BotStatus(bot_id=record.id, since=now))
                    rows.append(fresh[record.id].status)
            if rows:
                await self._journal.write(*rows)
            self._entries |= fresh
            for record in records:
                self._entries[record.id].record = record
        self._on_change(tuple(record.id for record in records))
        return records

    async def remove(self, bot_id: str, check: Callable[[BotRecord, BotStatus], None], asked: Asked, *rows: Row) -> None:
        """Delete a bot where `check` does not object, in one commit with further rows."""
        await self._tasks.finish(self._remove(bot_id, check, asked, rows), name=f"command:{asked.action}:{bot_id}")

    async def _remove(self, bot_id: str, check: Callable[[BotRecord, BotStatus], None], asked: Asked, rows: Sequence[Row]) -> None:
        async with self._creating, self._locked((bot_id,)):
            entry = self._entry(bot_id)
            check_match(entry.record, asked)
            check(entry.record, entry.status)
            await self._journal.write(BotRemoved(bot_id=bot_id), *rows, self.event(entry.record, asked))
            del self._entries[bot_id]
        self._on_change((bot_id,))

    # ------------------------------------------------------------ the observed side

    async def observe(self, statuses: Sequence[BotStatus], *rows: Row) -> None:
        """Commit new statuses, with the events of their moves, and show them. For the reconciler alone."""
        await self._journal.write(*statuses, *rows)
        for status in statuses:
            if (entry := self._entries.get(status.bot_id)) is not None:
                entry.status = status

    # ------------------------------------------------------------ within

    def _entry(self, bot_id: str) -> _Entry:
        entry = self._entries.get(bot_id)
        if entry is None:
            raise BotNotFound(f"There is no bot {bot_id!r}; list the bots to see their ids.")
        return entry

    def _locked(self, bot_ids: Iterable[str]) -> AllLocks:
        return AllLocks(self._entries[bot_id].lock for bot_id in sorted(set(bot_ids)) if bot_id in self._entries)

    def _next(self, wanted: BotRecord, asked: Asked) -> BotRecord:
        now = self._clock.now()
        stopped_at = now if wanted.stop_after == wanted.generation else wanted.stopped_at
        return replace(wanted, asked_by=asked.actor, asked_at=now, stopped_at=stopped_at, reason=asked.reason)

    def event(self, record: BotRecord, asked: Asked) -> Event:
        """Return the journal's line for a command: who asked for what, and why."""
        return Event(
            kind=EventKind.COMMAND,
            name=asked.action,
            at=self._clock.now(),
            bot_id=record.id,
            actor=asked.actor,
            reason=asked.reason,
            fields={"generation": record.generation, "desired": record.desired.value, **asked.fields},
        )


def check_match(record: BotRecord, asked: Asked) -> None:
    """Raise StaleGeneration where the caller saw another generation than the record's."""
    if asked.if_match is not None and asked.if_match != record.generation:
        raise StaleGeneration(
            f"Bot {record.id!r} is at generation {record.generation}, not {asked.if_match}; read it again and repeat the change."
        )
