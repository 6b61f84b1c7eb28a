"""The event stream: server-sent events from the bus, resumed by `Last-Event-ID`. Without a taste for streams: the journal, page by page."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Annotated, TypeAlias

from fastapi import Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from styrman.api.answers import page_answer
from styrman.api.auth import while_signed_in
from styrman.api.dependencies import BotManagerDependency
from styrman.api.endpoint import Responses, endpoints
from styrman.api.paging import EventFilterDependency, EventPageDependency, Words, event_kinds, words
from styrman.api.schemas import JournalEvents
from styrman.domain.events import StreamMessage
from styrman.manager.bus import RESYNC, Subscription

router = endpoints("/api/v1", tag="events")

Wanted: TypeAlias = Callable[[StreamMessage], bool]

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0
PAUSE_S = 0.1  # between two chunks to one reader: what happens meanwhile comes in one
MOST_AT_ONCE = 256  # messages of a chunk; where there are more, the next follows without a pause
OF_MANY_BOTS = "bots.delta"
# Proxies must not hold the stream back; the opening comment makes them and us send the head at once.
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_OPENING, _HEARTBEAT = b"retry: 2000\n: open\n\n", b"event: heartbeat\ndata: {}\n\n"
_STREAM: Responses = {
    200: {
        "description": "Events until either side ends it; with `Accept: application/json` a page of the journal",
        "model": JournalEvents,
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.get("/events", responses=_STREAM)
async def list_or_stream_events(  # noqa: PLR0913 - the filters of the stream
    *,
    request: Request,
    manager: BotManagerDependency,
    page: EventPageDependency,
    where: EventFilterDependency,
    events: Annotated[Words, Query(description="Of the stream: names such as bot.state, order, fill, comma-separated; none: all")] = "",
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
    after: Annotated[Words | None, Query(description="Stream on after this event; Last-Event-ID, where sent, wins")] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", description="Go on after this event")] = None,
) -> Response:
    """Stream what happens as it happens (`bots` and `events` filter it), or return what happened, newest first."""
    if MEDIA_TYPE not in accept and "application/json" in accept:
        found = await manager.store.events(page, where if where.kinds else replace(where, kinds=event_kinds(events)))
        return page_answer(found.items, found.next_cursor)
    reader = manager.bus.subscribe(after if last_event_id is None else last_event_id)
    frames = stream(reader, wanted(tuple(where.bots), words(events)))
    return StreamingResponse(while_signed_in(request.scope, frames), media_type=MEDIA_TYPE, headers=_HEADERS)


def wanted(bots: tuple[str, ...], events: tuple[str, ...]) -> Wanted | None:
    """Return the test of a message against the filters; None where there are none.

    A `resync` concerns everyone, `bots.delta` every reader of some bots.
    """
    if not bots and not events:
        return None

    def concerns(message: StreamMessage) -> bool:
        if message.event == RESYNC:
            return True
        of_bots = not bots or message.bot_id in bots or message.event == OF_MANY_BOTS
        return of_bots and (not events or message.event in events)

    return concerns


async def stream(
    subscription: Subscription, concerns: Wanted | None, *, heartbeat_s: float = HEARTBEAT_S, pause_s: float = PAUSE_S
) -> AsyncGenerator[bytes]:
    """Yield the stream's bytes: all that is ready at once, a `heartbeat` where nothing came for `heartbeat_s`. Ends with the bus.

    A heartbeat is an event, without an id: a page sees no comments, and a line that died without a word is told by its silence.
    """
    yield _OPENING
    while True:
        try:
            async with asyncio.timeout(heartbeat_s):
                messages = await _concerning(subscription, concerns)
        except TimeoutError:
            yield _HEARTBEAT
            continue
        if not messages:
            return
        yield b"".join([message.frame for message in messages])
        # A chunk costs much the same however long it is: a busy fleet is told to each reader ten times a second, not a thousand.
        await asyncio.sleep(pause_s if subscription.is_up_to_date else 0)


async def _concerning(subscription: Subscription, concerns: Wanted | None) -> list[StreamMessage]:
    """Return the next messages that concern the reader; none where the bus has closed. Cut off, it has taken none that do."""
    async for first in subscription:
        found = [first, *subscription.ready(MOST_AT_ONCE - 1)]
        if messages := found if concerns is None else [message for message in found if concerns(message)]:
            return messages
    return []
