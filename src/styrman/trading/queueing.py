"""Waiting for one's turn: room on the account, the venue's budget, and, where a venue finds no order by our id, every other outcome.

An order waits as PREPARED and not for long: a decision that is older than that is no decision any more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from styrman.clock import Clock
from styrman.domain.orders import Intent
from styrman.errors import OrderDenied
from styrman.ports import ClientIdClass, Priority, Venue
from styrman.trading.blotter import Blotter
from styrman.trading.gates import EXITS
from styrman.trading.trader import LiveOrder, Trader

PATIENCE_S = 10.0

# Makes room for a closing order where resting protections lock what it would trade: True once there is, False where none can be made.
MakeRoom: TypeAlias = Callable[[Trader, Intent], Awaitable[bool]]


class Withdrawn(Exception):
    """A waiting order is not to be sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Queueing:
    """Who waits for what on one account."""

    def __init__(self, venue: Venue, blotter: Blotter, clock: Clock) -> None:
        self._venue = venue
        self._blotter = blotter
        self._clock = clock
        self._alone: dict[str, asyncio.Lock] = {}  # by instrument; class B
        self._waiting: dict[str, asyncio.Event] = {}  # by intent id; set once it is withdrawn
        self.make_room: MakeRoom | None = None

    def is_free(self, trader: Trader, orders: Sequence[LiveOrder]) -> bool:
        """Whether nothing holds any of the orders up; takes their part of the venue's budget where that is so."""
        if self._venue.capabilities.client_id_class is not ClientIdClass.A:
            return False
        if any(self._needs_room(trader, order.intent) for order in orders):
            return False
        return self._venue.try_turn(len(orders), priority=_priority(trader, orders))

    def withdraw(self, order: LiveOrder, reason: str) -> None:
        """Let an order that still waits not be sent."""
        order.withdrawn = order.withdrawn or reason
        if (waiting := self._waiting.get(order.intent.intent_id)) is not None:
            waiting.set()

    @asynccontextmanager
    async def turn(self, trader: Trader, parcel: Sequence[LiveOrder]) -> AsyncIterator[None]:
        """Wait for the parcel's turn, and hold it while the block runs. Withdrawn; OrderDenied where it can't come."""
        lock = self._lock(parcel[0].intent.request.instrument)
        await self._patiently(self._way(trader, parcel, lock), parcel)
        try:
            if why := _why(parcel):
                raise Withdrawn(why)
            if lock is not None:
                self._check_alone(parcel)
            yield
        finally:
            if lock is not None:
                lock.release()

    async def _way(self, trader: Trader, parcel: Sequence[LiveOrder], lock: asyncio.Lock | None) -> None:
        """Return once nothing holds the parcel up, the lock being ours."""
        for order in parcel:
            if self.make_room is not None and self._needs_room(trader, order.intent) and not await self.make_room(trader, order.intent):
                raise Withdrawn("what it would trade is locked by a resting protection, which can't be taken off now")
        for _ in parcel:
            await self._venue.turn(priority=_priority(trader, parcel))
        if lock is not None:
            await lock.acquire()

    async def _patiently(self, way: Coroutine[object, object, None], parcel: Sequence[LiveOrder]) -> None:
        """Wait for it until an order is withdrawn, or for as long as a decision is worth acting on."""
        withdrawn = asyncio.Event()
        if any(order.withdrawn for order in parcel):
            withdrawn.set()
        self._waiting |= {order.intent.intent_id: withdrawn for order in parcel}
        loop = asyncio.get_running_loop()
        coming = loop.create_task(way, name="send:turn")
        ends = [
            loop.create_task(withdrawn.wait(), name="send:withdrawal"),
            loop.create_task(self._clock.sleep(PATIENCE_S), name="send:wait"),
        ]
        try:
            await asyncio.wait({coming, *ends}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (coming, *ends):
                task.cancel()
            for order in parcel:
                del self._waiting[order.intent.intent_id]
        await asyncio.wait({coming})
        if coming.cancelled():
            raise Withdrawn(_why(parcel) or f"its turn did not come within {PATIENCE_S:g} s")
        if (error := coming.exception()) is not None:
            # Nothing was sent, whatever went wrong on the way; an order that nobody sends must not wait for ever.
            raise error if isinstance(error, Withdrawn) else Withdrawn(f"its turn did not come: {error!r}")

    def _needs_room(self, trader: Trader, intent: Intent) -> bool:
        """Whether a protection of the bot rests on the same side, hence locks what the order would trade."""
        if self.make_room is None or intent.is_guard:
            return False
        return any(each.is_guard and each.intent.request.side is intent.request.side for each in trader.orders(intent.request.instrument))

    def _lock(self, instrument: str) -> asyncio.Lock | None:
        """Return what keeps an instrument's orders apart, where the venue finds none by our id (class B)."""
        if self._venue.capabilities.client_id_class is ClientIdClass.A:
            return None
        return self._alone.setdefault(instrument, asyncio.Lock())

    def _check_alone(self, parcel: Sequence[LiveOrder]) -> None:
        """Raise OrderDenied while the outcome of another order of the instrument is unknown: two could not be told apart."""
        instrument = parcel[0].intent.request.instrument
        for order in self._blotter.here(instrument):
            if order not in parcel and order.intent.state.is_unresolved:
                raise OrderDenied(
                    "one_unresolved",
                    f"Order {parcel[0].intent.intent_id!r} was not sent: the outcome of order {order.intent.intent_id!r} on {instrument} "
                    f"is unknown, and venue {self._venue.name!r} does not find orders by our id; wait, or decide what became of that one.",
                )


def _priority(trader: Trader, orders: Sequence[LiveOrder]) -> Priority:
    """Return whose turn comes first: what closes or protects a position goes before what opens one."""
    return Priority.EXIT if all(_closes(trader, order.intent) for order in orders) else Priority.ORDER


def _closes(trader: Trader, intent: Intent) -> bool:
    request = intent.request
    reduces = request.side.sign * trader.position(request.instrument) < 0
    return intent.origin in EXITS or request.reduce_only or reduces


def _why(parcel: Sequence[LiveOrder]) -> str:
    """Return why the parcel is not wanted any more."""
    return next((order.withdrawn for order in parcel if order.withdrawn), "")
