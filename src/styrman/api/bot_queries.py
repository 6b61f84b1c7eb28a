"""The reads on bots: the state from memory, the history from the store."""

from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from styrman.api.answers import JsonAnswer, bot_answer, page_answer
from styrman.api.dependencies import BotManagerDependency, manager_of
from styrman.api.endpoint import answers, endpoints
from styrman.api.order_schemas import Fills, FillView, Intents, IntentView, Orders, OrderView
from styrman.api.paging import Limit, PageDependency, Words, event_kinds
from styrman.api.schemas import Bot, Bots, Candle, CandlesView, Equity, JournalEvents, Logs
from styrman.domain.bots import Observed
from styrman.domain.events import Event
from styrman.domain.orders import Intent, IntentState
from styrman.domain.records import BotFill
from styrman.domain.spec import Timeframe
from styrman.errors import FieldError, Invalid, VenueRefused
from styrman.manager.manager import BotManagerAsync
from styrman.manager.views import BotFilter
from styrman.ports import EventFilter, OrderFilter, Page

router = endpoints("/api/v1/bots", tag="bots")


@router.get("/{bot_id}", responses=answers(Bot, "The bot; its ETag is its generation"))
async def get_bot(request: Request, bot_id: str) -> Response:
    """Return one bot."""
    return bot_answer(await manager_of(request).get_status(bot_id))


@router.get("", responses=answers(Bots, "A page of bots"))
async def list_bots(  # noqa: PLR0913 - the filters of the list
    *,
    manager: BotManagerDependency,
    state: Annotated[list[Observed] | None, Query(description="Observed states; may be repeated")] = None,
    label: Annotated[Words | None, Query(description="key=value or key")] = None,
    q: Annotated[Words, Query(description="Looked for in id, strategy, venue and instruments")] = "",
    limit: Limit = 100,
    cursor: Words | None = None,
) -> Response:
    """Return bots by id, a page at a time."""
    where = BotFilter(states=tuple(state or ()), label=label, text=q)
    page = await manager.list_bots(where, limit=limit, cursor=cursor)
    return page_answer(page.items, page.next_cursor)


@router.get("/{bot_id}/events", responses=answers(JournalEvents, "Newest first"))
async def list_events(bot_id: str, manager: BotManagerDependency, page: PageDependency, kinds: Words = "") -> Response:
    """Return what happened to the bot: commands, lifecycle, orders, errors. `kinds` is a comma-separated list."""
    found = await manager.store.events(page, EventFilter(bots=[bot_id], kinds=event_kinds(kinds)))
    await _known(manager, bot_id, found)
    return page_answer(found.items, found.next_cursor)


@router.get("/{bot_id}/orders", responses=answers(Orders, "Newest first"))
async def list_orders(
    bot_id: str, manager: BotManagerDependency, page: PageDependency, state: Annotated[list[IntentState] | None, Query()] = None
) -> Response:
    """Return the bot's orders, whatever became of them."""
    found = await manager.store.intents(page, OrderFilter(bots=[bot_id], states=tuple(state or ())))
    await _known(manager, bot_id, found)
    return page_answer([OrderView.of(intent) for intent in found.items], found.next_cursor)


@router.get("/{bot_id}/intents", responses=answers(Intents, "Newest first"))
async def list_intents(  # noqa: PLR0913 - the filters of the list
    *,
    bot_id: str,
    manager: BotManagerDependency,
    page: PageDependency,
    state: Annotated[list[IntentState] | None, Query(description="May be repeated")] = None,
    instrument: Words | None = None,
    q: Annotated[Words, Query(description="Looked for in instrument, the order's ids, key and reason")] = "",
) -> Response:
    """Return the bot's decisions to trade: what was sent under which stamp, what became of it, and the reason of every move."""
    instruments = () if instrument is None else (instrument,)
    where = OrderFilter(bots=[bot_id], states=tuple(state or ()), instruments=instruments, text=q.strip())
    found = await manager.store.intents(page, where)
    await _known(manager, bot_id, found)
    return page_answer([IntentView.of(intent) for intent in found.items], found.next_cursor)


@router.get("/{bot_id}/fills", responses=answers(Fills, "Newest first"))
async def list_fills(bot_id: str, manager: BotManagerDependency, page: PageDependency) -> Response:
    """Return the trades in the bot's book."""
    found = await manager.store.fills(page, OrderFilter(bots=[bot_id]))
    await _known(manager, bot_id, found)
    return page_answer([FillView.of(booked) for booked in found.items], found.next_cursor)


@router.get("/{bot_id}/equity", responses=answers(Equity, "Oldest first"))
async def list_equity(bot_id: str, manager: BotManagerDependency, since: AwareDatetime | None = None, limit: Limit = 1000) -> Response:
    """Return the bot's equity over time, thinned evenly to `limit` points."""
    await manager.get_status(bot_id)
    return JsonAnswer({"items": await manager.store.equity(bot_id, since=since, limit=limit)})


@router.get("/{bot_id}/candles", responses=answers(CandlesView, "Oldest first"))
async def list_candles(
    bot_id: str,
    manager: BotManagerDependency,
    instrument: Words | None = None,
    timeframe: Annotated[Timeframe | None, Query()] = None,
    limit: Limit = 500,
) -> Response:
    """Return the last closed candles that the bot reads; its first instrument and its own time frame unless told otherwise."""
    try:
        candles = await manager.candles(bot_id, instrument=instrument, timeframe=timeframe, limit=limit)
    except VenueRefused as refused:  # what can never succeed was asked wrongly
        raise Invalid(refused.detail, [FieldError(("query", "timeframe"), "not among the venue's time frames")]) from refused
    return JsonAnswer({"instrument": candles.instrument, "timeframe": candles.timeframe, "items": Candle.all_of(candles)})


@router.get("/{bot_id}/logs", responses=answers(Logs, "Oldest first"))
async def list_logs(  # noqa: PLR0913 - the filters of the list
    *,
    bot_id: str,
    manager: BotManagerDependency,
    level: Literal["debug", "info", "warning", "error", "critical"] = "debug",
    q: Annotated[Words, Query(description="Looked for in the message")] = "",
    after: Annotated[int, Query(ge=0, description="Lines numbered above this, within one boot")] = 0,
    limit: Limit = 200,
) -> Response:
    """Return the bot's last log lines."""
    await manager.get_status(bot_id)
    lines = manager.telemetry.logs.tail(bot_id, limit=limit, level=level, text=q, after=after)
    return JsonAnswer({"boot": manager.boot, "items": lines})


async def _known(manager: BotManagerAsync, bot_id: str, found: Page[Event] | Page[Intent] | Page[BotFill]) -> None:
    """Raise BotNotFound where nothing was ever heard of the bot; a deleted one's history stays readable."""
    if not found.items:
        await manager.get_status(bot_id)
