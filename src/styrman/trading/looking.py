"""Looking: where an order can be seen at a venue, and which of what is seen is it. Asks; concludes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from styrman.domain.orders import Fill, Intent, OrderReport, OrderType
from styrman.ports import ClientIdClass, Venue

if TYPE_CHECKING:
    from styrman.trading.trader import LiveOrder

MARGIN = timedelta(minutes=1)  # the decision's market time may lie after the venue's own note of it


async def find(venue: Venue, intent: Intent, *, thoroughly: bool) -> OrderReport | Fill | None:
    """Return the order, or a trade of it, from the places where it can be seen: look-up, open orders, history, trades.

    Not thoroughly: the one place where it is seen soonest, which is enough to find it and never to prove it absent. A venue of
    class B is not asked by our id. VenueError, or whatever the adapter raises: then nothing was learnt.
    """
    request, since = intent.request, _since(intent)
    by_our_id = venue.capabilities.client_id_class is ClientIdClass.A
    if by_our_id:
        report = await venue.fetch_order(request.instrument, request.client_order_id)
        if report is not None and is_of(intent, report):
            return report
    if not thoroughly and by_our_id:
        return None
    places: tuple[Sequence[OrderReport], ...] = (
        await venue.fetch_open_orders(request.instrument),
        await venue.fetch_orders(request.instrument, since),
    )
    reports = [report for place in places for report in place if is_of(intent, report)]
    if reports:
        return max(reports, key=lambda report: report.filled)
    fills = await venue.fetch_fills(request.instrument, since)
    return next((fill for fill in fills if is_of(intent, fill)), None)


async def fills_of(venue: Venue, order: "LiveOrder") -> list[Fill]:
    """Return the trades of an order. VenueError."""
    fills = await venue.fetch_fills(order.intent.request.instrument, _since(order.intent))
    return [fill for fill in fills if is_of(order.intent, fill)]


def is_of(intent: Intent, seen: OrderReport | Fill) -> bool:
    """Whether what was seen is the order of an intent, or a trade of it: by the venue's id where we know it, else by ours.

    A stop that was triggered may go on under another of the venue's ids.
    """
    if intent.venue_order_id is not None and (intent.request.type is not OrderType.STOP or seen.client_order_id is None):
        return seen.venue_order_id == intent.venue_order_id
    return seen.client_order_id == intent.request.client_order_id


def _since(intent: Intent) -> datetime:
    """Return a market time before the order can have been placed."""
    return intent.market_at - MARGIN
