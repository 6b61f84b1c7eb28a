"""The fleet at once: one row a bot, made and written slice by slice so that ten thousand of them hold nobody up."""

import asyncio
import gzip
from typing import Annotated

from fastapi import Header, Query
from starlette.responses import Response

from styrman.api.answers import takes_gzip
from styrman.api.dependencies import BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.paging import words
from styrman.manager.encoding import encode
from styrman.manager.fleet import FleetView, Snapshot

router = endpoints("/api/v1", tag="bots")

WORTH_COMPRESSING = 32 * 1024  # bytes
LEVEL = 1
_HEADERS = {"cache-control": "no-store", "vary": "accept-encoding"}


@router.get("/fleet", responses=answers(FleetView, "Every bot's row, by id"))
async def get_fleet(
    manager: BotManagerDependency,
    ids: Annotated[str, Query(description="Ids, comma-separated; none: all. Those that are not there are left out")] = "",
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Return the fleet: a row a bot, and in `stream` the event after which the stream tells all that has changed since."""
    body = await _written(manager.fleet(words(ids)))
    if len(body) < WORTH_COMPRESSING or not takes_gzip(accept_encoding):
        return Response(body, headers=_HEADERS, media_type="application/json")
    packed = await asyncio.to_thread(gzip.compress, body, LEVEL)
    return Response(packed, headers=_HEADERS | {"content-encoding": "gzip"}, media_type="application/json")


async def _written(fleet: Snapshot) -> bytes:
    """Return a fleet as JSON: a `FleetView`."""
    slices = [encode(rows)[1:-1] async for rows in fleet.slices]
    rows = b",".join(part for part in slices if part)
    return b'{"at":%b,"stream":%b,"items":[%b]}' % (encode(fleet.at), encode(fleet.stream), rows)
