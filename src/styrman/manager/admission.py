"""Admission: a spec is taken only where everything it names exists and its capital is there. Nothing is stored before that."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from itertools import count

from pydantic import JsonValue, ValidationError

from styrman.domain.market import InstrumentRules
from styrman.domain.spec import BotSpec, Selector, parse_spec
from styrman.errors import CapitalOverbooked, FieldError, InvalidSpec, VenueError, VenueNotOpen, VenueRefused
from styrman.ports import Compute, Venue
from styrman.trading.catalogue import Catalogue
from styrman.trading.live import live_faults

SpecLike = BotSpec | Mapping[str, JsonValue]
NEAR_MATCHES = 8
BREATH = 50  # specs


class Admission:
    """Checks specs against the strategies and venues there are."""

    def __init__(self, catalogue: Catalogue, compute: Compute, venues: Mapping[str, Venue]) -> None:
        self._catalogue = catalogue
        self._compute = compute
        self._venues = venues
        self._timeframes: set[tuple[str, str]] = set()  # (venue, time frame) that it has candles of

    async def admit(self, value: SpecLike) -> BotSpec:
        """Return the spec. InvalidSpec names every faulty field, and the allowed values where they can be listed.

        VenueNotOpen where the venue was never reached, so that nobody knows what it trades.
        """
        spec = self._parse(value)
        errors = [*self._venue_errors(spec), *self._live_faults(spec)] or [error async for error in self._timeframe_errors(spec)]
        if errors:
            raise InvalidSpec(f"The spec of bot {spec.id!r} can't be used: {errors[0].message}", errors)
        await self._catalogue.admit(spec, self._compute)
        return spec

    async def admit_all(self, values: Sequence[SpecLike]) -> list[BotSpec]:
        """Return all specs. InvalidSpec where any has a fault, each field's path beginning with the index of its spec."""
        specs: list[BotSpec] = []
        errors: list[FieldError] = []
        for index, value in enumerate(values):
            if index % BREATH == BREATH - 1:
                await asyncio.sleep(0)  # ten thousand specs take seconds, and the loop has others to serve
            try:
                specs.append(await self.admit(value))
            except InvalidSpec as error:
                errors += [replace(each, loc=(index, *each.loc)) for each in error.errors]
        errors += _repeated(values)
        if errors:
            many = f"{len(errors)} fields" if len(errors) > 1 else "a field"
            raise InvalidSpec(f"Nothing was applied: {many} can't be used; the first: {errors[0].message}", errors)
        return specs

    def _parse(self, value: SpecLike) -> BotSpec:
        """Return the spec; an instrument that is written as no instrument can be is told with those near it too."""
        try:
            return parse(value)
        except InvalidSpec as error:
            venue = self._venues.get(str(value.get("venue"))) if isinstance(value, Mapping) else None
            if venue is None or not venue.instruments():
                raise
            errors = [_with_near(each, _at(value, each.loc), venue) for each in error.errors]
            told = next((each for each, before in zip(errors, error.errors, strict=True) if each is not before), None)
            raise InvalidSpec(error.detail if told is None else f"The spec can't be used: {told.message}", errors) from None

    def _live_faults(self, spec: BotSpec) -> Iterable[FieldError]:
        venue = self._venues.get(spec.venue)
        return () if venue is None else live_faults(venue, spec)

    def _venue_errors(self, spec: BotSpec) -> Iterable[FieldError]:
        venue = self._venues.get(spec.venue)
        if venue is None:
            known = tuple(self._venues)
            yield FieldError(("venue",), f"there is no venue {spec.venue!r} in config.toml; there are: {', '.join(known)}", known)
            return
        rules = venue.instruments()
        if not rules:
            raise VenueNotOpen(
                f"Venue {spec.venue!r} has not been reached yet, so nobody knows what it trades; ask again once it is open: "
                f"styrman venue show {spec.venue}"
            )
        if isinstance(spec.instruments, Selector):
            return
        quotes = {rules[name].quote for name in spec.instruments if name in rules}
        if len(quotes) > 1:
            yield FieldError(("instruments",), f"a bot's instruments share one quote currency, these have {', '.join(sorted(quotes))}")
        fed = [(("feeds", i, "instruments"), name) for i, feed in enumerate(spec.feeds) for name in feed.instruments]
        for loc, name in [*((("instruments", i), name) for i, name in enumerate(spec.instruments)), *fed]:
            if name not in rules:
                yield _unknown(loc, name, venue)

    async def _timeframe_errors(self, spec: BotSpec) -> AsyncIterator[FieldError]:
        """Ask the venue, once for each, whether it has candles of the time frames. One that can't be reached refuses nothing."""
        venue = self._venues[spec.venue]
        instrument = spec.instruments[0] if isinstance(spec.instruments, tuple) else next(iter(venue.instruments()), None)
        asked: list[tuple[tuple[str | int, ...], str]] = [(("timeframe",), spec.timeframe)]
        asked += [(("feeds", number, "timeframe"), feed.timeframe) for number, feed in enumerate(spec.feeds)]
        for loc, timeframe in asked:
            if instrument is None or (spec.venue, timeframe) in self._timeframes:
                continue
            try:
                await venue.fetch_candles(instrument, timeframe, 1)
            except VenueRefused as error:
                yield FieldError(loc, error.detail)
            except VenueError:
                continue
            self._timeframes.add((spec.venue, timeframe))

    def check_capital(self, specs: Iterable[BotSpec], free: Callable[[str, str], Decimal | None]) -> None:
        """Raise CapitalOverbooked where these specs, together all bots, ask more of an account than `free(account, quote)` there is."""
        asked: dict[tuple[str, str], Decimal] = {}
        for spec in specs:
            key = reserve_of(spec)
            asked[key] = asked.get(key, Decimal(0)) + spec.capital
        for (account, quote), total in asked.items():
            there_is = free(account, quote)
            if there_is is not None and total > there_is:
                raise CapitalOverbooked(
                    f"Account {account!r} holds {there_is} {quote} for bots, and they would reserve {total}; lower a capital or add funds."
                )


def near_matches(name: str, rules: Mapping[str, InstrumentRules]) -> tuple[str, ...]:
    """Return the instruments that somebody may have meant, the nearest first: "btcusdt", "BTC-USDT" and "BTC/USD" mean BTC/USDT."""
    spelled = _letters(name)
    same = sorted((each for each in rules if _letters(each).startswith(spelled)), key=lambda each: (len(each), each)) if spelled else []
    by_letters = {_letters(each): each for each in rules}
    alike = [by_letters[each] for each in get_close_matches(spelled, by_letters, n=NEAR_MATCHES, cutoff=0.5)]
    return tuple(dict.fromkeys((*same, *alike)))[:NEAR_MATCHES] or tuple(sorted(rules))[:NEAR_MATCHES]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())


def _unknown(loc: tuple[str | int, ...], name: str, venue: Venue) -> FieldError:
    near = near_matches(name, venue.instruments())
    return FieldError(loc, f"venue {venue.name!r} has no instrument {name[:60]!r}; near it: {', '.join(near)}", near)


def _with_near(error: FieldError, written: object, venue: Venue) -> FieldError:
    """Return an error about the name of an instrument with those near it; any other as it is."""
    return _unknown(error.loc, written, venue) if "instruments" in error.loc and isinstance(written, str) and written else error


def _at(value: object, loc: tuple[str | int, ...]) -> object:
    """Return what stands at a path within a spec as it was written; None where nothing does."""
    for part in loc:
        if isinstance(value, Mapping):
            value = value.get(str(part))
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def reserve_of(spec: BotSpec) -> tuple[str, str]:
    """Return what a spec's capital is reserved from: an account, and a currency in it."""
    if isinstance(spec.instruments, Selector):
        return spec.venue, spec.instruments.quote
    return spec.venue, spec.instruments[0].partition(":")[0].rpartition("/")[2]


def _repeated(values: Sequence[SpecLike]) -> Iterable[FieldError]:
    """Yield an error for each entry whose id an earlier one has."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        bot_id = value.id if isinstance(value, BotSpec) else value.get("id")
        if isinstance(bot_id, str) and bot_id in seen:
            yield FieldError((index, "id"), f"id {bot_id!r} is used twice")
        seen.add(str(bot_id))


def parse(value: SpecLike) -> BotSpec:
    """Return the spec a mapping describes; InvalidSpec names its faulty fields."""
    try:
        return parse_spec(value)
    except ValidationError as error:
        errors = [_field_error(each) for each in error.errors(include_url=False, include_input=False, include_context=True)]
        raise InvalidSpec(f"The spec can't be used: {'.'.join(map(str, errors[0].loc))}: {errors[0].message}", errors) from None


def _field_error(error: Mapping[str, object]) -> FieldError:
    loc = tuple(part for part in error["loc"] if not _is_type_name(part))  # type: ignore[attr-defined] # pydantic's tuple of str and int
    kind, context = error["type"], error.get("ctx")
    allowed: tuple[str, ...] = ()
    if kind in ("enum", "literal_error") and isinstance(context, Mapping):
        allowed = tuple(part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(","))
    if kind == "unexpected_keyword_argument":
        return FieldError(loc, "unknown key", tuple(BotSpec.__dataclass_fields__) if len(loc) == 1 else ())
    return FieldError(loc, str(error["msg"]).removeprefix("Value error, "), allowed)


def _is_type_name(part: object) -> bool:
    """Whether part of an error's path names a branch of a union, which a user never wrote."""
    return isinstance(part, str) and (part == "Selector" or "[" in part)


def free_slots(used: AbstractSet[int]) -> Iterator[int]:
    """Yield the slots that no bot has, the lowest first."""
    return (slot for slot in count() if slot not in used)
