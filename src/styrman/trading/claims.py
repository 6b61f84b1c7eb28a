"""Claims: orders of the account that no bot owns, and how a person gives one to a bot. Nothing here touches the venue."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from styrman.clock import Clock
from styrman.domain.orders import Fill, Intent, IntentState, Move, OrderReport, OrderRequest
from styrman.domain.records import BotFill
from styrman.errors import Conflict, StoreFailed, VenueUnavailable
from styrman.ports import RunOrder
from styrman.trading.intents import NO_WINDOW, new_client_order_id, new_intent
from styrman.trading.looking import is_of
from styrman.trading.order_events import order_event
from styrman.trading.resolution import Resolver
from styrman.trading.trader import CLAIM, LiveOrder, Trader

if TYPE_CHECKING:
    from styrman.trading.execution import Desk

READS = 5  # until what the venue says of the order and of its trades agrees
READ_AGAIN_S = 0.5
BEFORE = timedelta(days=1)  # a report's time may be that of the order's last change
NOBODY = ""  # whose the trades are that an order had made before it was claimed


async def external_orders(desk: "Desk") -> list[OrderReport]:
    """Return the account's working orders that no bot owns. VenueError."""
    reports = await desk.venue.fetch_open_orders()
    return [report for report in reports if _owner(desk, report) is None]


def _owner(desk: "Desk", report: OrderReport) -> Trader | None:
    """Return whose order it is; nobody's too where it only has the id of an order that is another one at the venue."""
    found = desk.blotter.find(report.client_order_id, report.venue_order_id)
    return None if found is None or not is_of(found[1].intent, report) else found[0]


class Claims:
    """Gives external orders to bots."""

    def __init__(self, resolver: Resolver, clock: Clock) -> None:
        self._resolver = resolver
        self._clock = clock

    async def claim(self, desk: "Desk", trader: Trader, report: OrderReport, *, key: str | None, reason: str) -> LiveOrder:
        """Make an external order the bot's: what is left of it, and every fill from now on. Conflict, StoreFailed, VenueError."""
        self._check(desk, trader, report, key)
        order, before = await self._read(desk, report)
        self._check(desk, trader, report, key)
        intent = self._intent(desk, trader, order, key=key, reason=reason, client_order_id=await self._client_id(desk, order))
        self._check(desk, trader, report, key)
        live = LiveOrder(intent, is_adopted=True)
        desk.blotter.add(trader, live)
        earlier = [
            BotFill(bot_id=NOBODY, intent_id=intent.intent_id, account=desk.account, fill=fill, at=self._clock.now()) for fill in before
        ]
        try:
            # The trades before the claim are in the journal as nobody's: told again, after a restart too, they are not booked.
            await desk.save(trader, intent, *earlier, order_event(intent))
        except StoreFailed:
            desk.blotter.drop(trader, live)
            raise
        await self._resolver.reread(desk, trader, live)  # it may have traded while that was written
        return live

    def _check(self, desk: "Desk", trader: Trader, report: OrderReport, key: str | None) -> None:
        owner = _owner(desk, report)
        if owner is not None:
            raise Conflict(f"Order {report.venue_order_id!r} of account {desk.account!r} is bot {owner.bot_id!r}'s; it can't be claimed.")
        if key is not None and any(order.intent.key == key for order in trader.live.values()):
            raise Conflict(f"Bot {trader.bot_id!r} works an order with the key {key!r} already; claim this one under another.")

    async def _read(self, desk: "Desk", report: OrderReport) -> tuple[OrderReport, list[Fill]]:
        """Return the order as it works now and the trades that it has made, the two of one moment."""
        for _ in range(READS):
            order = await self._working(desk, report)
            fills = [] if not order.filled else await self._fills(desk, order)
            if sum(fill.quantity for fill in fills) == order.filled and (await self._working(desk, report)).filled == order.filled:
                return order, fills
            await self._clock.sleep(READ_AGAIN_S)
        raise VenueUnavailable(f"Order {report.venue_order_id!r} was not claimed: its trades and what it says of them differ; try again.")

    async def _working(self, desk: "Desk", report: OrderReport) -> OrderReport:
        orders = await desk.venue.fetch_open_orders(report.instrument)
        order = next((each for each in orders if each.venue_order_id == report.venue_order_id), None)
        if order is None:
            raise Conflict(f"Order {report.venue_order_id!r} does not work at account {desk.account!r}; there is nothing to claim.")
        return order

    async def _fills(self, desk: "Desk", order: OrderReport) -> list[Fill]:
        fills = await desk.venue.fetch_fills(order.instrument, order.market_time - BEFORE)
        return [fill for fill in fills if fill.venue_order_id == order.venue_order_id]

    async def _client_id(self, desk: "Desk", order: OrderReport) -> str:
        """Return the order's own id, as far as no intent ever had it; else one that only we know it by."""
        if order.client_order_id is None or await self._resolver.store.intent(desk.account, order.client_order_id) is not None:
            return new_client_order_id()
        return order.client_order_id

    def _intent(  # noqa: PLR0913 - an intent's facts, each by name
        self, desk: "Desk", trader: Trader, order: OrderReport, *, key: str | None, reason: str, client_order_id: str
    ) -> Intent:
        request = OrderRequest(
            client_order_id=client_order_id,
            instrument=order.instrument,
            side=order.side,
            type=order.type,
            quantity=order.quantity - order.filled,
            price=order.price,
            stop_price=order.stop_price,
        )
        run = RunOrder(bot_id=trader.bot_id, run_id=f"{CLAIM}-{new_client_order_id()[-8:]}", epoch=0, generation=trader.record.generation)
        now, market_at = self._clock.now(), desk.venue.market_time()
        window = desk.venue.capabilities.window or NO_WINDOW
        intent = new_intent(request, run, account=desk.account, at=now, market_at=market_at, window=window)
        why = f"claimed: {reason}" if reason else "claimed"
        return replace(
            intent,
            intent_id=new_client_order_id(),
            origin=CLAIM,
            key=key,
            state=IntentState.ACKED,
            venue_order_id=order.venue_order_id,
            reason=why,
            history=(Move(state=IntentState.ACKED, at=now, reason=why),),
        )
