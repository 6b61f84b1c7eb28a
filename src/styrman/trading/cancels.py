"""Cancels: taking orders off, and asking again until each has ended, for ever. An order that fills meanwhile is as good.

An answer is no proof: an order has ended when it was read as final, or when it is nowhere to be seen after the venue said so.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from styrman.clock import Clock
from styrman.domain.orders import Fill, IntentState, OrderReport
from styrman.errors import OrderRejected, StyrmanError
from styrman.log import get_logger
from styrman.trading.looking import fills_of, find
from styrman.trading.owned import OwnedTasks
from styrman.trading.trader import FINAL_AT_VENUE, LiveOrder, Trader

if TYPE_CHECKING:
    from styrman.trading.execution import Desk

log = get_logger()
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
ANSWER_S = 30.0  # longer than any adapter waits: a request that hangs is given up, and made again


@dataclass(slots=True)
class _Attempt:
    """How the cancelling of one order goes."""

    reason: str
    retry_s: float = FIRST_RETRY_S
    began_at: float = 0.0  # monotonic
    nowhere: int = 0  # times in a row that the venue knew nothing of it


class Cancels:
    """Asks for orders to be taken off. Holds none: it is handed each with its desk."""

    def __init__(self, clock: Clock, tasks: OwnedTasks) -> None:
        self._clock = clock
        self._tasks = tasks

    async def ask(self, desk: "Desk", trader: Trader, orders: Iterable[LiveOrder], reason: str) -> None:
        """Ask once for each order that works and return; what works on is asked for again in the background."""
        now = self._clock.monotonic()
        attempts = [
            self._tasks.start(self._ask(desk, trader, order, _Attempt(reason, began_at=now)), name=f"cancel:{order.intent.intent_id}")
            for order in orders
            if order.intent.state in (IntentState.ACKED, IntentState.PARTIALLY_FILLED)
        ]
        if attempts:
            await asyncio.wait(attempts)

    async def _ask(self, desk: "Desk", trader: Trader, order: LiveOrder, attempt: _Attempt) -> None:
        order.is_being_cancelled = not order.has_ended
        if not order.is_being_cancelled:
            return
        try:
            await self._ask_once(desk, trader, order, attempt)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises: the order may work on, so it is asked for again
            detail = error.detail if isinstance(error, StyrmanError) else repr(error)
            log.warning("cancel unanswered; trying again", bot_id=trader.bot_id, intent_id=order.intent.intent_id, error=detail)
        order.is_being_cancelled = not order.has_ended
        if order.is_being_cancelled:
            self._tasks.start(self._ask_later(desk, trader, order, attempt), name=f"cancel:{order.intent.intent_id}")

    async def _ask_once(self, desk: "Desk", trader: Trader, order: LiveOrder, attempt: _Attempt) -> None:
        await desk.note_cancel(trader, order, attempt.reason)
        if not order.has_ended:  # it may have traded while that was journaled
            async with asyncio.timeout(ANSWER_S):
                await self._take_off(desk, trader, order, attempt)

    async def _ask_later(self, desk: "Desk", trader: Trader, order: LiveOrder, attempt: _Attempt) -> None:
        await self._clock.sleep(attempt.retry_s)
        attempt.retry_s = min(attempt.retry_s * 2, LAST_RETRY_S)
        await self._ask(desk, trader, order, attempt)

    async def _take_off(self, desk: "Desk", trader: Trader, order: LiveOrder, attempt: _Attempt) -> None:
        """Ask the venue to take the order off, then read what became of it."""
        answer: OrderReport | None = None
        try:
            answer = await desk.venue.cancel_order(order.intent.request.instrument, order.intent.venue_order_id or "")
        except OrderRejected as error:  # it does not work, the venue says: filled, cancelled by somebody else, or not known (yet)
            log.info("nothing to cancel; reading the order", intent_id=order.intent.intent_id, reason=error.reason)
        if order.has_ended:
            return  # the stream said so meanwhile
        read = await find(desk.venue, order.intent, thoroughly=True)
        if read is not None and not isinstance(read, Fill):
            await desk.hear(trader, order, read)
            return
        for fill in await fills_of(desk.venue, order) if read is not None else ():
            await desk.take_fill(fill)
        if answer is not None and answer.status in FINAL_AT_VENUE:
            await desk.hear(trader, order, answer)  # some venues forget a cancelled order at once
        elif not order.has_ended:
            await self._note_nowhere(desk, trader, order, attempt)

    async def _note_nowhere(self, desk: "Desk", trader: Trader, order: LiveOrder, attempt: _Attempt) -> None:
        """It was there, and is in no place where an order can be seen: twice, beyond the venue's lag, and it has been taken off."""
        attempt.nowhere += 1
        lag_s = desk.venue.capabilities.visibility_lag.total_seconds()
        if attempt.nowhere > 1 and self._clock.monotonic() - attempt.began_at > lag_s:
            await desk.settle_gone(trader, order, "the venue knows it no more: not working, not in its history, no trade of it missing")
