"""The send path: gate, stamp, commit, gate, send; once (design, section 5).

Where nothing holds orders up they are journaled as SENDING in the commit that journals them at all. Where they wait (for the
venue's budget, for room, for another order's outcome) they are journaled as PREPARED first, and stamped and SENDING in a commit
of their own once it is their turn. Nothing is ever sent twice: a new decision is a new intent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from styrman.clock import Clock
from styrman.domain.orders import Intent, IntentState, OrderReport
from styrman.errors import AuthenticationFailed, ClockSkewed, OrderDenied, OrderRejected, StoreFailed, VenueError, VenueRefused
from styrman.log import get_logger
from styrman.ports import Telemetry, Venue
from styrman.trading.admittance import Admittance
from styrman.trading.intents import NO_WINDOW
from styrman.trading.moves import Moves
from styrman.trading.owned import OwnedTasks
from styrman.trading.queueing import Queueing, Withdrawn
from styrman.trading.trader import LiveOrder, Trader

if TYPE_CHECKING:
    from styrman.trading.blotter import Blotter

log = get_logger()
Parcel: TypeAlias = tuple[LiveOrder, ...]  # the orders of one request: one, or the two legs of a pair
Hear: TypeAlias = Callable[[Trader, LiveOrder, OrderReport], Awaitable[None]]
# An enumerated no of the venue's, or our own gate's: there is no such order. Whatever else is raised leaves that unknown.
NO = (OrderRejected, AuthenticationFailed, VenueRefused, OrderDenied, ClockSkewed)
ANSWER_S = 30.0  # longer than any adapter waits, and than the venue takes the request: one that hangs has no answer
SKEWS = 2  # in a row: the clock was measured anew after the first


class Sender:
    """Sends the orders of one account."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        venue: Venue,
        blotter: "Blotter",
        moves: Moves,
        *,
        admittance: Admittance,
        clock: Clock,
        telemetry: Telemetry,
        tasks: OwnedTasks,
        hear: Hear,
        look_for: Callable[[Trader, LiveOrder], None],
    ) -> None:
        self._venue = venue
        self._blotter = blotter
        self._moves = moves
        self._admittance = admittance
        self._clock = clock
        self._telemetry = telemetry
        self._tasks = tasks
        self._hear = hear
        self._look_for = look_for
        self.queue = Queueing(venue, blotter, clock)
        self._skews = 0

    async def send(self, trader: Trader, parcels: Sequence[Parcel]) -> None:
        """Journal the orders in one commit with the trader's memory, send each parcel, return when each has an answer or is looked for."""
        orders = [order for parcel in parcels for order in parcel]
        for order in orders:
            self._blotter.add(trader, order)
        admitted = [parcel for parcel in parcels if self._admit(trader, parcel)]
        at_once = not admitted or self.queue.is_free(trader, [order for parcel in admitted for order in parcel])
        if at_once:
            for parcel in admitted:
                self._stamp(trader, parcel)
        try:
            await self._moves.open(trader, orders)
        except StoreFailed as error:
            self._unsend(trader, [order for parcel in admitted for order in parcel], error)
            raise
        go = self._dispatch if at_once else self._wait_and_dispatch
        if len(admitted) == 1:
            await go(trader, admitted[0])
        elif admitted:
            await asyncio.wait([self._tasks.start(go(trader, each), name=f"send:{each[0].intent.intent_id}") for each in admitted])

    def _admit(self, trader: Trader, parcel: Parcel) -> bool:
        """Whether the gates let the parcel be sent; else its orders are DENIED."""
        try:
            self._check(trader, parcel)
        except OrderDenied as denied:
            for order in parcel:
                self._moves.turn(trader, order, IntentState.DENIED, denied.detail)
            return False
        return True

    def _check(self, trader: Trader, parcel: Parcel) -> None:
        for order in parcel:
            if order.denied is not None:
                raise order.denied
            self._admittance.check(trader, order.intent)

    def _check_still(self, trader: Trader, parcel: Parcel) -> None:
        """Raise OrderDenied where the gates closed since, or where somebody decided meanwhile that an order is not there."""
        self._check(trader, parcel)
        for order in parcel:
            if order.intent.state is not IntentState.SENDING:
                state = order.intent.state.value
                raise OrderDenied("given_up", f"Order {order.intent.intent_id!r} was not sent: it was {state} before it could leave.")

    def _stamp(self, trader: Trader, parcel: Parcel) -> None:
        """Move a parcel to SENDING, signed as of now, however long it has waited for its turn."""
        now = self._clock.now()
        for order in parcel:
            not_after = now + (self._venue.capabilities.window or NO_WINDOW)
            order.intent = replace(order.intent, stamp=now, not_after=not_after)
            self._moves.turn(trader, order, IntentState.SENDING)

    async def _wait_and_dispatch(self, trader: Trader, parcel: Parcel) -> None:
        try:
            async with self.queue.turn(trader, parcel):
                self._check(trader, parcel)
                prepared = [order.intent for order in parcel]
                await self._commit_sending(trader, parcel, prepared)
                await self._dispatch(trader, parcel)
        except OrderDenied as denied:
            await self._end(trader, parcel, IntentState.DENIED, denied.detail)
        except Withdrawn as withdrawn:
            await self._end(trader, parcel, IntentState.NOT_PLACED, withdrawn.reason)

    async def _commit_sending(self, trader: Trader, parcel: Parcel, prepared: Sequence[Intent]) -> None:
        self._stamp(trader, parcel)
        try:
            await self._moves.open(trader, list(parcel))
        except StoreFailed as error:
            for order, intent in zip(parcel, prepared, strict=True):
                order.intent = intent
            self._unsend(trader, parcel, error)
            raise

    def _unsend(self, trader: Trader, orders: Sequence[LiveOrder], error: StoreFailed) -> None:
        """Say, as soon as the journal can be written again, that these were not sent: it may hold them as on their way."""
        for order in orders:
            if not order.intent.state.is_final:
                self._moves.turn(trader, order, IntentState.NOT_PLACED, f"not sent: {error.detail}")
            self._moves.write_again(trader, order)

    async def _end(self, trader: Trader, parcel: Parcel, to: IntentState, reason: str) -> None:
        for order in parcel:
            if not order.intent.state.is_final:
                await self._moves.note(trader, order, to, reason)

    async def _dispatch(self, trader: Trader, parcel: Parcel) -> None:
        """Make the one request of a parcel whose SENDING is durable, and record its answer, whatever happens to the bot meanwhile."""
        for order in parcel:
            order.is_in_flight, order.sent_at = True, self._clock.monotonic()
        try:
            self._check_still(trader, parcel)  # a halt may have come while the journal was written
            async with asyncio.timeout(ANSWER_S):
                reports = await self._request(trader, parcel)
        except NO as no:
            await self._refuse(trader, parcel, no)
        except Exception as error:  # noqa: BLE001 - whatever happened on the way, the outcome is unknown, never "rejected"
            await self._lose(trader, parcel, error)
        else:
            self._skews = 0
            await self._take(trader, parcel, reports)
        finally:
            for order in parcel:
                order.is_in_flight = False

    async def _request(self, trader: Trader, parcel: Parcel) -> Sequence[OrderReport]:
        first, began = parcel[0].intent, self._clock.monotonic()

        def gate() -> None:
            self._check_still(trader, parcel)

        with self._telemetry.span("order", bot_id=first.bot_id, intent_id=first.intent_id):
            if len(parcel) == 1:
                report = await self._venue.create_order(first.request, stamp=first.stamp, not_after=first.not_after, gate=gate)
                reports: tuple[OrderReport, ...] = (report,)
            else:
                target = parcel[1].intent.request
                reports = await self._venue.create_pair(first.request, target, stamp=first.stamp, not_after=first.not_after, gate=gate)
        self._telemetry.observe("send_seconds", self._clock.monotonic() - began, venue=self._venue.name)
        return reports

    async def _take(self, trader: Trader, parcel: Parcel, reports: Sequence[OrderReport]) -> None:
        """Take in the answer, where it is one to what was asked."""
        for order, report in zip(parcel, reports, strict=True):
            if report.client_order_id in (None, order.intent.request.client_order_id):
                await self._hear(trader, order, report)
        if unanswered := [order for order in parcel if order.intent.state is IntentState.SENDING]:
            await self._lose(trader, unanswered, VenueError("the answer is not to what was asked"))

    async def _refuse(self, trader: Trader, parcel: Parcel, no: VenueError | OrderDenied) -> None:
        """Take a no; where the stream told of the order before, it is there whatever the answer says."""
        self._skews = self._skews + 1 if isinstance(no, ClockSkewed) else 0
        rejected = not isinstance(no, OrderDenied | ClockSkewed)  # the gate's, or the clock's: it was not even looked at
        reason = f"{no.reason}: {no.detail}" if isinstance(no, OrderRejected) else no.detail
        for order in parcel:
            if isinstance(no, AuthenticationFailed | VenueRefused) or self._skews >= SKEWS:
                order.failure = no
            if order.intent.state is IntentState.SENDING:
                await self._moves.note(trader, order, IntentState.REJECTED if rejected else IntentState.NOT_PLACED, reason)

    async def _lose(self, trader: Trader, orders: Sequence[LiveOrder], error: Exception) -> None:
        """Nobody knows what became of the request: say so durably, and look for it until it is found or proven absent."""
        for order in orders:
            if order.intent.state is not IntentState.SENDING:
                continue  # its fills or its report came by the stream before the answer failed
            log.warning("order outcome unknown; looking for it", bot_id=trader.bot_id, intent_id=order.intent.intent_id, error=str(error))
            self._look_for(trader, order)  # before the journal, which may fail: nobody else would
            await self._moves.note(trader, order, IntentState.UNKNOWN, f"{type(error).__name__}: {error}")
