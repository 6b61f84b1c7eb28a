"""What a person should know before a spec is taken: it would be admitted, and yet may not do what they expect. Changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from styrman.domain.bots import BotRecord, Observed
from styrman.domain.records import account_scope
from styrman.domain.spec import BotSpec, Selector, dump_spec
from styrman.errors import BotExists, CapitalOverbooked, StyrmanError
from styrman.manager.admission import reserve_of
from styrman.manager.engine import Engine
from styrman.manager.state import Records
from styrman.ports import Mode

NAMED = 3  # bots that a warning names
_FIELDS: Mapping[type[StyrmanError], str] = {BotExists: "id", CapitalOverbooked: "capital"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecCheck:
    """A spec that would be taken: as it would stand, every default written out; whose money it trades, in which currency."""

    spec: Mapping[str, JsonValue]
    mode: Mode
    currency: str
    warnings: tuple[str, ...]


def checked(engine: Engine, spec: BotSpec, known: Records, *, changes: bool) -> SpecCheck:
    """Return what there is to say about an admitted spec."""
    mode = engine.wiring.venues[spec.venue].mode
    warnings = (*_of_money(engine, spec, known), *_of_venue(engine, spec), *_of_others(engine, spec, known), *_of_itself(spec, known))
    told = warnings if changes else ("it is what the bot has already: nothing would change",)
    return SpecCheck(spec=dump_spec(spec), mode=mode, currency=reserve_of(spec)[1], warnings=told)


def field_of(error: StyrmanError) -> tuple[str, ...]:
    """Return the field of a spec that an error other than InvalidSpec is about."""
    return (_FIELDS.get(type(error), "venue"),)


def _of_money(engine: Engine, spec: BotSpec, known: Records) -> Iterator[str]:
    if engine.wiring.venues[spec.venue].mode is Mode.LIVE and not _names_a_stop(spec.params):
        yield "it trades real money, and its parameters name no stop: unless its code sets one, nothing limits the loss of a position"
    account, currency = reserve_of(spec)
    if engine.accounts.free(account, currency) is None:
        yield f"what account {account!r} holds is not known yet: whether it has {spec.capital} {currency} for this bot is not checked"
        return
    after = {bot_id: record.spec for bot_id, (record, _) in known.items()} | {spec.id: spec}
    try:
        engine.admission.check_capital([each for each in after.values() if reserve_of(each) == (account, currency)], engine.accounts.free)
    except CapitalOverbooked as error:
        yield error.detail  # this bot asks no more than it has, yet all together do


def _of_venue(engine: Engine, spec: BotSpec) -> Iterator[str]:
    if (trouble := engine.venues.troubles.get(spec.venue)) is not None:
        yield f"venue {spec.venue!r} can't be reached or followed now: {trouble}"
    if (held := engine.holds.process or engine.holds.of_account(spec.venue)) is not None:
        yield f"it would not be started: {held}"
    halted_by = engine.gates.halted_by(spec.venue, spec.id)
    if halted_by:
        where = "its account" if account_scope(spec.venue) in halted_by else halted_by[0]
        yield f"it would send no order: {where} is halted; unhalt it first"
    rules = engine.wiring.venues[spec.venue].instruments()
    if isinstance(spec.instruments, Selector) and not any(each.quote == spec.instruments.quote for each in rules.values()):
        yield f"venue {spec.venue!r} has no instrument against {spec.instruments.quote}: its selector chooses none"


def _of_others(engine: Engine, spec: BotSpec, known: Records) -> Iterator[str]:
    if isinstance(spec.instruments, Selector):
        return
    shared: dict[str, list[str]] = {}
    for bot_id, (record, _) in known.items():
        if bot_id != spec.id and record.account == spec.venue:
            for name in set(spec.instruments).intersection(_instruments(engine, record)):
                shared.setdefault(name, []).append(bot_id)
    for name, others in sorted(shared.items()):
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        yield (
            f"{name} is traded on account {spec.venue!r} by {', '.join(sorted(others)[:NAMED])}{more} too: "
            f"an order that would meet one of theirs is denied"
        )


def _of_itself(spec: BotSpec, known: Records) -> Iterator[str]:
    if spec.id not in known:
        return
    record, status = known[spec.id]
    if status.observed in (Observed.RUNNING, Observed.STARTING):
        yield "it is running: it takes the new spec, and its strategy's file as that is now, by a restart at its next safe point"
    if not isinstance(spec.instruments, Selector) and not isinstance(record.spec.instruments, Selector):
        for name in sorted(set(record.spec.instruments) - set(spec.instruments)):
            yield f"it trades {name} no more: a position that it holds there stays as it is"


def _instruments(engine: Engine, record: BotRecord) -> tuple[str, ...]:
    chosen = record.spec.instruments
    return engine.show.chosen(record.id) if isinstance(chosen, Selector) else chosen


def _names_a_stop(params: Mapping[str, JsonValue]) -> bool:
    return any(value is not None and ("stop" in name.lower() or "trail" in name.lower()) for name, value in params.items())
