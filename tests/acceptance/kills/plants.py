"""The bugs that the kill loop must find, planted into a life before it begins. Each is what some trading bot really does."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from styrman.domain.orders import Intent, IntentState, OrderReport, OrderRequest
from styrman.domain.records import Row
from styrman.errors import VenueUnavailable
from styrman.ports import Gate
from styrman.trading.journal import Journal
from styrman.venues.ccxt import CcxtVenue

COMMIT_LATE_S = 0.05
_create = CcxtVenue.create_order
_write = Journal.write
_late: set[asyncio.Task[None]] = set()


def send_again_on_timeout() -> None:
    """No answer? Send it again."""

    async def create_order(venue: CcxtVenue, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        try:
            return await _create(venue, request, stamp=stamp, not_after=not_after, gate=gate)
        except VenueUnavailable:
            return await _create(venue, request, stamp=stamp, not_after=not_after, gate=gate)

    CcxtVenue.create_order = create_order  # type: ignore[method-assign,assignment] # planting it


def look_once_then_send_again() -> None:
    """No answer? Look whether it is there; if not, send it again."""

    async def create_order(venue: CcxtVenue, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        try:
            return await _create(venue, request, stamp=stamp, not_after=not_after, gate=gate)
        except VenueUnavailable:
            found = await venue.fetch_order(request.instrument, request.client_order_id)
            return found or await _create(venue, request, stamp=stamp, not_after=not_after, gate=gate)

    CcxtVenue.create_order = create_order  # type: ignore[method-assign,assignment] # planting it


def commit_after_send() -> None:
    """Send first, write it down after."""

    async def write(journal: Journal, *rows: Row, urgent: bool = False) -> None:
        before_send = (IntentState.PREPARED, IntentState.SENDING)
        if not any(isinstance(row, Intent) and row.state in before_send for row in rows):
            if _late:
                await asyncio.wait(_late)  # late, but in order
            return await _write(journal, *rows, urgent=urgent)

        async def later() -> None:
            await asyncio.sleep(COMMIT_LATE_S)
            await _write(journal, *rows, urgent=urgent)

        task = asyncio.create_task(later())
        _late.add(task)
        task.add_done_callback(_late.discard)
        return None

    Journal.write = write  # type: ignore[method-assign,assignment] # planting it


PLANTS: dict[str, Callable[[], None]] = {
    "send again on timeout": send_again_on_timeout,
    "look once, then send again": look_once_then_send_again,
    "commit after send": commit_after_send,
}
