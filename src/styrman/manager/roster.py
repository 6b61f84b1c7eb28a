"""The roster: which bots there are. Creating, changing and deleting them, all or nothing; running them is the manager's part."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, Unpack

from pydantic import JsonValue

from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.orders import IntentState
from styrman.domain.spec import BotSpec, dump_spec, spec_hash
from styrman.errors import BotExists, BotHasExposure, Conflict, FieldError, InvalidSpec, ShuttingDown, VenueNotOpen
from styrman.manager import commands
from styrman.manager.admission import SpecLike, free_slots, reserve_of
from styrman.manager.checking import SpecCheck, checked, field_of
from styrman.manager.queries import Queries
from styrman.manager.state import Asked, Records
from styrman.manager.views import ApplyResult, BotView
from styrman.trading.execution import ABANDONED
from styrman.trading.trader import Trader

Exposure = Literal["refuse", "flatten", "abandon"]


class Who(TypedDict, total=False):
    """Keywords of every command: who asks, and why."""

    actor: str
    reason: str


class Ask(Who, total=False):
    """Keywords of a command on one bot: `if_match` is the generation that the caller saw, `wait_s` how long to wait for *observed*.

    `request` names the request for ever: a command that is no repetition of itself (an entry) is performed once for each name.
    """

    if_match: int | None
    wait_s: float | None
    request: str | None


def asked(action: str, ask: Mapping[str, object], fields: Mapping[str, JsonValue] | None = None) -> Asked:
    """Return who asked for an action, and why, from the keywords of a command; `fields` are what else the journal keeps of it."""
    if_match, request = ask.get("if_match"), ask.get("request")
    kept = {**(fields or {}), **({"request": request} if isinstance(request, str) else {})}
    seen = if_match if isinstance(if_match, int) else None
    return Asked(action, str(ask.get("actor", "local")), str(ask.get("reason", "")), seen, kept)


class Roster(Queries):
    """The part of the manager that says which bots there are."""

    _is_closing = False

    async def create_bot(self, spec: SpecLike, **who: Unpack[Who]) -> BotView:
        """Create a bot, stopped. InvalidSpec names every faulty field; BotExists; CapitalOverbooked. Nothing is stored then."""
        self._check_open()
        admitted = await self._engine.admission.admit(spec)
        await self._put([admitted], asked("create", who), new_only=True)
        return await self.get_status(admitted.id)

    async def check_bot(self, spec: SpecLike, *, replace: bool = False) -> SpecCheck:
        """Return what creating the bot, or giving it this spec, would come to; nothing is stored. InvalidSpec says what would refuse it."""
        engine = self._engine
        try:
            admitted = await engine.admission.admit(spec)
            known: Records = {record.id: (record, status) for record, status in engine.state}
            if replace and admitted.id not in known:
                raise InvalidSpec(f"There is no bot {admitted.id!r} to replace.", [FieldError(("id",), "there is no such bot")])
            changes = bool(self._resulting([admitted], known, Asked("check"), new_only=not replace))
        except (Conflict, VenueNotOpen) as error:
            raise InvalidSpec(error.detail, [FieldError(field_of(error), error.detail)]) from error
        return checked(engine, admitted, known, changes=changes)

    async def apply_bots(self, specs: Sequence[SpecLike], **who: Unpack[Who]) -> ApplyResult:
        """Create what is new and change what differs, all or nothing. InvalidSpec: each field's path begins with its spec's index."""
        self._check_open()
        admitted = await self._engine.admission.admit_all(specs)
        known = set(await self._engine.state.ids())
        changed = {record.id for record in await self._put(admitted, asked("apply", who), new_only=False)}
        ids = [spec.id for spec in admitted]
        return ApplyResult(
            created=tuple(bot_id for bot_id in ids if bot_id in changed and bot_id not in known),
            updated=tuple(bot_id for bot_id in ids if bot_id in changed and bot_id in known),
            unchanged=tuple(bot_id for bot_id in ids if bot_id not in changed),
        )

    async def update_bot(self, bot_id: str, changes: Mapping[str, JsonValue], **ask: Unpack[Ask]) -> BotView:
        """Merge changes into a bot's spec (RFC 7396: null removes a key). A running bot takes them by a restart at a safe point."""
        record, _ = await self._engine.state.get(bot_id)
        if ask.get("if_match") is None:
            ask["if_match"] = record.generation  # what the changes are merged into must be what they replace
        return await self.replace_bot(bot_id, merged(dump_spec(record.spec), changes), **ask)

    async def replace_bot(self, bot_id: str, spec: SpecLike, **ask: Unpack[Ask]) -> BotView:
        """Give a bot another spec; its positions carry over. InvalidSpec, CapitalOverbooked."""
        self._check_open()
        await self._engine.state.get(bot_id)
        admitted = await self._engine.admission.admit(spec)
        if admitted.id != bot_id:
            fault = FieldError(("id",), "it can't change", (bot_id,))
            raise InvalidSpec(f"A bot's id can't change from {bot_id!r} to {admitted.id!r}; create another bot.", [fault])
        await self._put([admitted], asked("update", ask), new_only=False)
        record, _ = await self._engine.state.get(bot_id)
        await self._wait(record, ask.get("wait_s"))
        return await self.get_status(bot_id)

    async def delete_bot(self, bot_id: str, *, exposure: Exposure = "refuse", **ask: Unpack[Ask]) -> None:
        """Delete a stopped bot. BotHasExposure where it holds a position or working orders and is not told to flatten or abandon them."""
        self._check_open()
        engine = self._engine
        record, status = await engine.state.get(bot_id)
        trader = engine.floor.trader(record)
        commands.check_removable(record, status, has_exposure=False)
        if exposure == "flatten" and trader.has_exposure:
            await asyncio.shield(await engine.exits.begin(trader, reason="delete"))  # it goes on where the caller leaves
        if exposure == "abandon":
            deleting = self._abandon(record, trader, asked("delete", ask))
        else:
            deleting = self._delete(record, trader, asked("delete", ask), abandons=False)
        await engine.tasks.finish(deleting, name=f"command:delete:{bot_id}")

    async def _abandon(self, record: BotRecord, trader: Trader, asked: Asked) -> None:
        """Delete a bot and leave what it holds and works, but for its protections: they would sell what is nobody's any more."""
        async with self._engine.caretaker.relieved(trader):
            await self._delete(record, trader, asked, abandons=True)

    async def _delete(self, record: BotRecord, trader: Trader, asked: Asked, *, abandons: bool) -> None:
        """Delete a bot and settle its book with the account: one bot after the other, since all settle in the account's one row."""
        engine = self._engine

        def check(record: BotRecord, status: BotStatus) -> None:
            # Dust can't be sold; it is the account's from now on, as all that a deleted bot held.
            holds = any(engine.exits.holds(trader, name) for name in trader.open_instruments)
            has_exposure = holds or bool(trader.live or engine.floor.unread(record))
            commands.check_removable(record, status, has_exposure=has_exposure and not abandons)

        async with engine.accounts.settling:
            if abandons:
                await engine.desks[record.account].abandon(trader)
            # Orders of an account that was not read since the boot: nobody would ever say what became of them.
            left = [each.move(IntentState.MANUAL, at=engine.clock.now(), reason=ABANDONED) for each in engine.floor.unread(record)]
            book = engine.accounts.without(trader)
            await engine.state.remove(record.id, check, asked, *left, *([] if book is None else [book]))
            engine.accounts.settle(book)
        engine.caretaker.leave(trader)
        engine.floor.remove(record)
        engine.cycles.stats.reset(record.slot)
        engine.equity_log.forget(record.id)

    async def _put(self, specs: Sequence[BotSpec], asked: Asked, *, new_only: bool) -> Sequence[BotRecord]:
        """Commit the specs in one go, and return the records of those that it created or changed."""

        def make(known: Records) -> Sequence[BotRecord]:
            return self._resulting(specs, known, asked, new_only=new_only)

        return await self._engine.state.put([spec.id for spec in specs], make, asked)

    def _resulting(self, specs: Sequence[BotSpec], known: Records, asked: Asked, *, new_only: bool) -> list[BotRecord]:
        """Return the records that admitted specs would create or change. BotExists, CapitalOverbooked, BotHasExposure."""
        if new_only and specs[0].id in known:
            raise BotExists(f"There is a bot {specs[0].id!r} already; choose another id, or apply the spec to change it.")
        after = {bot_id: record.spec for bot_id, (record, _) in known.items()} | {spec.id: spec for spec in specs}
        asking = {reserve_of(spec) for spec in specs if _asks_more(spec, known)}
        asked_of = [spec for spec in after.values() if reserve_of(spec) in asking]
        self._engine.admission.check_capital(asked_of, self._engine.accounts.free)
        return self._records(specs, known, asked)

    def _records(self, specs: Sequence[BotSpec], known: Records, asked: Asked) -> list[BotRecord]:
        unreadable = self._engine.unreadable
        slots = free_slots({record.slot for record, _ in known.values()} | {each.slot for each in unreadable.values()})
        records: list[BotRecord] = []
        for spec in specs:
            if spec.id in known:
                self._check_move(known[spec.id][0], spec)
                edited = commands.edit(spec, *known[spec.id])
                records += [] if edited is None else [edited]
                continue
            if spec.id in unreadable:
                raise BotExists(f"A bot {spec.id!r} is stored that can't be used: {unreadable[spec.id].error}.")
            now = self._engine.clock.now()
            records.append(
                BotRecord(spec=spec, spec_hash=spec_hash(spec), slot=next(slots), asked_by=asked.actor, asked_at=now, created_at=now)
            )
        return records

    def _check_move(self, record: BotRecord, spec: BotSpec) -> None:
        """Raise BotHasExposure where a bot that traded would leave its book behind at another venue."""
        trader = self._engine.floor.trader(record)
        if spec.venue != record.spec.venue and (trader.has_exposure or not trader.book.is_untouched):
            raise BotHasExposure(
                f"Bot {record.id!r} has traded on {record.spec.venue!r}, and its book is there; create another bot instead."
            )

    async def _wait(self, record: BotRecord, wait_s: float | None) -> None:
        if wait_s is not None:
            await self._engine.arrivals.wait(record.id, record.generation, wait_s)

    def _check_open(self) -> None:
        if self._is_closing:
            raise ShuttingDown("styrman is shutting down and takes no more changes; ask again once it is back.")


def _asks_more(spec: BotSpec, known: Records) -> bool:
    """Whether a spec reserves more than its bot did: lowering a capital is never refused."""
    before = known.get(spec.id)
    return before is None or spec.capital > before[0].spec.capital or reserve_of(spec) != reserve_of(before[0].spec)


def merged(target: Mapping[str, JsonValue], patch: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a merge by RFC 7396: null removes a key, objects merge, everything else replaces."""
    result = dict(target)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[key] = value
    return result
