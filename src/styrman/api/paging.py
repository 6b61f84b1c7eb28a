"""What reads are asked for: pages, filters. One place for their limits."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, WithJsonSchema
from pydantic_core import PydanticCustomError

from styrman.domain.events import EventKind
from styrman.domain.orders import IntentState
from styrman.errors import FieldError, Invalid
from styrman.ports import EventFilter, Order, OrderFilter, PageRequest

MAX_PAGE = 1000
MAX_LISTED = 1000  # values of one comma-separated list
_MAX_SEQ = 2**63 - 1  # what a database's integer holds
_KINDS = {kind.value: kind for kind in EventKind} | {"lifecycle": EventKind.LIFECYCLE}
_OPEN = tuple(state for state in IntentState if not state.is_final)

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
_Cursor = Annotated[int | None, Query(ge=0, le=_MAX_SEQ, description="The page after the one that gave this as `next_cursor`")]
_List = Annotated[str, Query(max_length=16_000, pattern=r"^[^\x00]*$")]
_Bots = Annotated[_List, Query(description="Ids, comma-separated; none: of all bots, deleted ones too")]
_Venues = Annotated[_List, Query(description="Names, comma-separated; none: all")]
_Instruments = Annotated[_List, Query(description="Such as BTC/USDT, comma-separated; none: all")]
_STATES = ("open", *IntentState)


def _state(word: str) -> str:
    if word not in _STATES:
        raise PydanticCustomError("enum", "there is no such state", {"expected": ", ".join(f"'{each}'" for each in _STATES)})
    return word


# One enum: of a union of two, an error would name both.
_State = Annotated[str, AfterValidator(_state), WithJsonSchema({"type": "string", "enum": list(_STATES)})]
_States = Annotated[list[_State] | None, Query(description="May be repeated; `open` means every state that is not an end")]


async def page_request(limit: Limit = 100, cursor: _Cursor = None) -> PageRequest:
    """Return the page of history that is asked for, newest first."""
    return PageRequest(limit=limit, cursor=cursor)


async def event_page_request(
    limit: Limit = 100,
    cursor: _Cursor = None,
    order: Annotated[Order, Query(description="desc: newest first")] = Order.NEWEST_FIRST,
) -> PageRequest:
    """Return the page of history that is asked for, in the order that is asked for."""
    return PageRequest(limit=limit, cursor=cursor, order=order)


async def order_filter(
    state: _States = None,
    bots: _Bots = "",
    venue: _Venues = "",
    instrument: _Instruments = "",
    q: Annotated[Words, Query(description="Looked for in bot, instrument, the order's ids, key and reason")] = "",
) -> OrderFilter:
    """Return which orders are asked for."""
    states = dict.fromkeys(each for one in state or () for each in (_OPEN if one == "open" else (one,)))
    return _of_trades(bots, venue, instrument, states=tuple(map(IntentState, states)), text=q.strip())


async def fill_filter(bots: _Bots = "", venue: _Venues = "", instrument: _Instruments = "") -> OrderFilter:
    """Return which fills are asked for."""
    return _of_trades(bots, venue, instrument)


async def event_filter(  # noqa: PLR0913 - the filters of the list
    *,
    bots: _Bots = "",
    kinds: Annotated[Words, Query(description=f"Comma-separated, of {', '.join(_KINDS)}; none: all")] = "",
    names: Annotated[_List, Query(description="Such as BotFailed, start, Halted, comma-separated; none: all")] = "",
    actor: Annotated[Words | None, Query(description="Who asked")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Not before")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Not after")] = None,
    q: Annotated[Words, Query(description="Looked for in name and reason")] = "",
) -> EventFilter:
    """Return which events are asked for."""
    if since is not None and until is not None and since > until:
        raise Invalid("Nothing lies between since and until: since is the later one.", [FieldError(("query", "since"), "later than until")])
    return EventFilter(
        bots=listed("bots", bots),
        kinds=event_kinds(kinds),
        names=listed("names", names),
        actor=actor or None,
        since=since,
        until=until,
        text=q.strip(),
    )


def event_kinds(written: str) -> tuple[EventKind, ...]:
    """Return the kinds of events of a comma-separated list. Invalid."""
    if unknown := [word for word in words(written) if word not in _KINDS]:
        fault = FieldError(("query", "kinds"), f"there is no kind {unknown[0]!r}", tuple(_KINDS))
        raise Invalid(f"There are no events of kind {unknown[0]!r}; there are: {', '.join(_KINDS)}.", [fault])
    return tuple(_KINDS[word] for word in words(written))


PageDependency = Annotated[PageRequest, Depends(page_request)]
EventPageDependency = Annotated[PageRequest, Depends(event_page_request)]
OrderFilterDependency = Annotated[OrderFilter, Depends(order_filter)]
FillFilterDependency = Annotated[OrderFilter, Depends(fill_filter)]
EventFilterDependency = Annotated[EventFilter, Depends(event_filter)]


def words(listed: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part for word in listed.split(",") if (part := word.strip()))


def listed(name: str, written: str) -> tuple[str, ...]:
    """Return the parts of the comma-separated list that a query gives under this name. Invalid where there are too many."""
    parts = tuple(dict.fromkeys(words(written)))
    if len(parts) > MAX_LISTED:
        fault = FieldError(("query", name), f"at most {MAX_LISTED:,} values")
        raise Invalid(f"{name} lists {len(parts):,} values, and {MAX_LISTED:,} are the most; ask in parts.", [fault])
    return parts


def _of_trades(bots: str, venue: str, instrument: str, *, states: tuple[IntentState, ...] = (), text: str = "") -> OrderFilter:
    return OrderFilter(
        bots=listed("bots", bots),
        accounts=listed("venue", venue),
        instruments=listed("instrument", instrument),
        states=states,
        text=text,
    )
