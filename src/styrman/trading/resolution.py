"""Resolution: what became of an order whose answer was lost, and which fills the book lacks.

An order is *proven absent* only when, after its horizon, order look-up, open orders, order history and trades all say no,
twice, with a pause between (design, section 5). Until then it is UNKNOWN, and counts at full size. A look that failed is no no.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from styrman.clock import Clock
from styrman.config import OrderSettings
from styrman.domain.events import Event, EventKind
from styrman.domain.orders import Fill, Intent, IntentState, OrderReport
from styrman.errors import VenueRefused
from styrman.log import get_logger
from styrman.ports import Mode, Store, Venue
from styrman.trading.looking import fills_of, find

if TYPE_CHECKING:
    from styrman.trading.execution import Desk
    from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
PROOFS = 2
SLACK = timedelta(seconds=2)  # for the looks themselves
LOOK_S = 60.0  # longer than any adapter takes: a look that hangs is given up, and made again
ALARM_AFTER = timedelta(seconds=60)
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0


@dataclass(slots=True)
class _Search:
    """How a search for one order goes."""

    negatives: int = 0  # after the horizon
    last_negative_at: float = 0.0  # monotonic; when that look began
    retry_s: float = FIRST_RETRY_S / 2
    alarmed: bool = False

    def next_retry_s(self) -> float:
        self.retry_s = min(self.retry_s * 2, LAST_RETRY_S)
        return self.retry_s


class Resolver:
    """Looks for orders and for their fills. Holds no orders: it is handed each with its desk."""

    def __init__(self, store: Store, clock: Clock, settings: OrderSettings) -> None:
        self.store = store
        self._clock = clock
        self._settings = settings

    def horizon(self, venue: Venue, intent: Intent) -> datetime:
        """Return the wall time from which on a negative answer means something."""
        lag = venue.capabilities.visibility_lag
        if self._settings.visibility_lag_s is not None:
            lag = timedelta(seconds=self._settings.visibility_lag_s)
        return intent.not_after + lag + timedelta(seconds=self._settings.clock_skew_s)

    def _until_horizon_s(self, venue: Venue, order: "LiveOrder") -> float | None:
        """Return the seconds until the horizon, by every clock that there is; None while the venue's is not known, but has to be.

        By the monotonic one too: a step of our wall clock, or the machine's sleep, must not bring the horizon nearer.
        """
        intent, horizon, now = order.intent, self.horizon(venue, order.intent), self._clock.now()
        offset = venue.clock_offset()
        if offset is None and venue.mode is Mode.LIVE:
            return None
        left_s = (horizon - min(now, now + (offset or timedelta(0)))).total_seconds()
        if order.sent_at is None:
            return left_s
        return max(left_s, order.sent_at + (horizon - intent.stamp).total_seconds() - self._clock.monotonic())

    def is_known_soon(self, venue: Venue, order: "LiveOrder") -> bool:
        """Whether the order's outcome is unknown, and will be known within a minute if the venue answers."""
        if not order.intent.state.is_unresolved:
            return False
        until = self.horizon(venue, order.intent) + timedelta(seconds=PROOFS * self._settings.proof_gap_s) + SLACK
        return timedelta(0) < until - self._clock.now() < ALARM_AFTER

    async def resolve(self, desk: "Desk", trader: "Trader", order: "LiveOrder") -> None:
        """Look for the order until it is found, proven absent, or decided by a person or by the stream."""
        search = _Search()
        try:
            while order.intent.state.is_unresolved:
                pause_s = await self._look_once(desk, trader, order, search)
                if order.intent.state.is_unresolved:
                    self._alarm(desk, order.intent, search)
                    await self._clock.sleep(pause_s)
        finally:
            order.is_looked_for = False

    async def _look_once(self, desk: "Desk", trader: "Trader", order: "LiveOrder", search: _Search) -> float:
        """Look once; return the seconds until the next look."""
        # Judged by when the look began: an answer that was on its way since before the horizon proves nothing.
        began_at, left_s = self._clock.monotonic(), self._until_horizon_s(desk.venue, order)
        past_horizon = left_s is not None and left_s <= 0
        try:
            async with asyncio.timeout(LOOK_S):
                found = await find(desk.venue, order.intent, thoroughly=past_horizon)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises: the search must not end before the order is known
            log.warning("order look-up failed; looking again", intent_id=order.intent.intent_id, error=repr(error))
            return search.next_retry_s()
        if found is not None:
            await self._adopt(desk, trader, order, found)
            return search.next_retry_s()
        if not past_horizon:
            return search.next_retry_s() if left_s is None else min(search.next_retry_s(), max(left_s, 0.01))
        return await self._count_negative(desk, trader, order, search, began_at)

    async def _count_negative(self, desk: "Desk", trader: "Trader", order: "LiveOrder", search: _Search, began_at: float) -> float:
        gap_s = max(self._settings.proof_gap_s, 0.01)
        too_soon_s = search.last_negative_at + gap_s - began_at if search.negatives else 0.0
        if too_soon_s > 0:
            return too_soon_s
        search.negatives, search.last_negative_at = search.negatives + 1, began_at
        if search.negatives >= PROOFS:
            await desk.settle_absent(trader, order, "proven absent: look-up, open orders, history and trades, twice after the horizon")
        return gap_s

    async def _adopt(self, desk: "Desk", trader: "Trader", order: "LiveOrder", found: OrderReport | Fill) -> None:
        log.info("order found", bot_id=trader.bot_id, intent_id=order.intent.intent_id)
        if isinstance(found, Fill) or found.filled > order.intent.filled:
            await self.fetch_fills(desk, order)
        if not isinstance(found, Fill):
            await desk.hear(trader, order, found)

    async def catch_up(self, desk: "Desk", order: "LiveOrder") -> None:
        """Ask for the fills that a report counts and the book lacks, until they are booked: by us, or by the stream meanwhile."""
        retry_s = FIRST_RETRY_S
        try:
            await self.fetch_fills(desk, order)
            while order.awaits_fills and not order.intent.state.is_final:
                await self._clock.sleep(retry_s)
                retry_s = min(retry_s * 2, LAST_RETRY_S)
                await self.fetch_fills(desk, order)
        finally:
            order.catches_up = False

    async def fetch_fills(self, desk: "Desk", order: "LiveOrder") -> None:
        """Bring in the fills of an order from the venue's history, where the stream has not (yet) told them."""
        try:
            async with asyncio.timeout(LOOK_S):
                fills = await fills_of(desk.venue, order)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises: the fills are asked for again
            log.warning("fills could not be read", intent_id=order.intent.intent_id, error=repr(error))
            return
        for fill in fills:
            await desk.take_fill(fill)

    async def recover(self, desk: "Desk", open_intents: list[tuple["Trader", Intent]]) -> None:
        """Take over what an earlier process left open: PREPARED was never sent; the rest is read from the venue.

        Returns when each order is known or, where the venue did not say, is being looked for in the background.
        """
        adopted = [(trader, desk.adopt(trader, intent)) for trader, intent in open_intents]
        for trader, order in adopted:
            if order.intent.state is IntentState.PREPARED:
                await desk.settle_absent(trader, order, "boot: it was journaled, never sent")
        await self._refresh(desk, [entry for entry in adopted if not entry[1].intent.state.is_final])

    async def reread(self, desk: "Desk", trader: "Trader", order: "LiveOrder") -> None:
        """Read one order and take in what is said of it; an adapter's failure is logged."""
        try:
            async with asyncio.timeout(LOOK_S):
                found = await find(desk.venue, order.intent, thoroughly=True)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises: what was not read is told by the stream
            log.warning("order could not be read", intent_id=order.intent.intent_id, error=str(error))
            return
        if found is not None:
            await self._adopt(desk, trader, order, found)

    async def refresh_all(self, desk: "Desk") -> None:
        """Read every open order of the account once more: its stream was down, and what it would have told is missing."""
        entries = desk.blotter.entries()
        await self._refresh(
            desk,
            [
                (trader, order)
                for trader, order in entries
                if order.intent.state is not IntentState.PREPARED and not order.is_being_cancelled
            ],
        )

    async def _refresh(self, desk: "Desk", entries: "list[tuple[Trader, LiveOrder]]") -> None:
        for trader, order in entries:
            if order.is_in_flight or order.intent.state.is_final:
                continue  # its answer is still to come, and whoever sent it sees to it
            try:
                async with asyncio.timeout(LOOK_S):
                    found = await find(desk.venue, order.intent, thoroughly=True)
            except VenueRefused as error:  # a delisted instrument must not keep the account's other orders from being read
                log.error("an open order can't be read", intent_id=order.intent.intent_id, error=error.detail)
                found = None
            if found is not None:
                await self._adopt(desk, trader, order, found)
            if order.intent.state is IntentState.CANCEL_SENT:
                # Its cancel may never have been sent: it works again as far as we know, and whoever wanted it gone asks again.
                await desk.reopen(trader, order)
            if order.intent.state.is_unresolved:
                desk.look_for(trader, order)

    def _alarm(self, desk: "Desk", intent: Intent, search: _Search) -> None:
        """Tell, once, that an order's outcome has been unknown for a minute: a person may know more, and can decide."""
        if search.alarmed or self._clock.now() - intent.stamp <= ALARM_AFTER:
            return
        search.alarmed = True
        log.error("order outcome unknown for over a minute", bot_id=intent.bot_id, intent_id=intent.intent_id, account=intent.account)
        desk.tell(
            Event(
                kind=EventKind.ORDER,
                name="OrderOutcomeUnknown",
                at=self._clock.now(),
                bot_id=intent.bot_id,
                reason="its outcome has been unknown for over a minute; it is looked for until it is found, proven absent or decided",
                fields={"intent_id": intent.intent_id, "state": intent.state.value, "instrument": intent.request.instrument},
            )
        )
