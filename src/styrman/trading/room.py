"""Room: an order that closes a position waits until the protections beside which it could close too much are off, confirmed.

On a spot account they lock the coins that it would sell; everywhere, both together could flip the position. What is left of the
position is protected anew by the sentry, which counts the closing order from the moment it is journaled.
"""

import asyncio
from collections.abc import Mapping

from styrman.clock import Clock
from styrman.domain.orders import Intent
from styrman.log import get_logger
from styrman.trading.execution import Desk
from styrman.trading.owned import OwnedTasks
from styrman.trading.resting import closing, in_the_way, works
from styrman.trading.sentry import Sentry
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
ROOM_S = 10.0  # how long is waited for protections to come off
LOOK_AGAIN_S = 0.1


class Room:
    """Takes protections off for orders that close, and for bots that are deleted. Takes no lock, and waits no longer than `ROOM_S`."""

    def __init__(self, desks: Mapping[str, Desk], sentry: Sentry, *, clock: Clock, tasks: OwnedTasks) -> None:
        self._desks = desks
        self._sentry = sentry
        self._clock = clock
        self._tasks = tasks

    async def make(self, trader: Trader, intent: Intent) -> bool:
        """Return whether the intent may be sent now: True at once where nothing is in its way, False where it can't be moved in time.

        False, too, where a protection fills meanwhile: the intent was decided for another position. The intent is among the trader's
        orders already: what the sentry places meanwhile is smaller by it.
        """
        until, position = self._clock.monotonic() + ROOM_S, trader.position(intent.request.instrument)
        while self._is_blocked(trader, intent):
            if self._clock.monotonic() >= until:
                log.error("no room for an order that closes", bot_id=trader.bot_id, intent_id=intent.intent_id)
                return False
            await self._take_off(trader, intent.request.instrument, reason=f"room for {intent.intent_id}")
            if self._is_blocked(trader, intent):
                await self._clock.sleep(LOOK_AGAIN_S)
        return trader.position(intent.request.instrument) == position

    def _is_blocked(self, trader: Trader, intent: Intent) -> bool:
        instrument = intent.request.instrument
        position = trader.position(instrument)
        if intent.is_guard or intent.request.side.sign * position >= 0:
            return False
        resting = _guards(trader, instrument)
        return bool(resting) and closing(trader, instrument) + in_the_way(resting) > abs(position)

    async def _take_off(self, trader: Trader, instrument: str, *, reason: str) -> None:
        orders = [order for order in _guards(trader, instrument) if works(order)]
        if not orders:
            return
        self._sentry.post(trader, instrument).cancels(orders, self._clock.monotonic())
        asking = self._desks[trader.record.account].cancel(trader, orders, reason=reason)
        task = self._tasks.start(asking, name=f"protect:{trader.bot_id}:{instrument}:off")
        await asyncio.wait([task], timeout=ROOM_S)  # it goes on where the venue does not answer

    async def clear(self, trader: Trader) -> None:
        """Take all of a bot's protections off for good, as far as the venue lets us in time: it is being deleted."""
        self._sentry.relieve(trader)
        until = self._clock.monotonic() + ROOM_S
        while instruments := {order.intent.request.instrument for order in trader.orders() if order.is_guard}:
            if self._clock.monotonic() >= until:
                log.error(
                    "protections could not be taken off; they are external now", bot_id=trader.bot_id, instruments=sorted(instruments)
                )
                return
            for instrument in instruments:
                await self._take_off(trader, instrument, reason="its bot is deleted")
            await self._clock.sleep(LOOK_AGAIN_S)


def _guards(trader: Trader, instrument: str) -> list[LiveOrder]:
    return [order for order in trader.orders(instrument) if order.is_guard]
