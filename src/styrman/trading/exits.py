"""Exits: cancel, close, look until flat. What is latched flat is brought to flat, whether or not the bot's task runs.

The latch is the wish and durable; this is the only driver of it, so a crash on the way costs nothing but a later start.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.market import Side
from styrman.domain.records import TargetLatch
from styrman.errors import StyrmanError, Superseded, VenueRefused
from styrman.log import get_logger
from styrman.ports import RunOrder
from styrman.trading.execution import Desk
from styrman.trading.owned import OwnedTasks
from styrman.trading.protections import BARRIERS
from styrman.trading.refusals import REFUSED, Refusals
from styrman.trading.requests import market_order
from styrman.trading.sizing import closable, latch_flat
from styrman.trading.trader import Trader

log = get_logger()
LOOK_AGAIN_S = 0.5
TRY_AGAIN_S = 2.0


class Exits:
    """One exit at a time a bot: who asks while one is under way joins it, with further instruments."""

    def __init__(self, desks: Mapping[str, Desk], clock: Clock, tasks: OwnedTasks) -> None:
        self._desks = desks
        self._clock = clock
        self._tasks = tasks
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._left: set[Trader] = set()  # what they hold is to be left as it is

    async def begin(self, trader: Trader, *, reason: str, instruments: Iterable[str] | None = None) -> "asyncio.Task[None]":
        """Latch the instruments flat, durably, and bring them there; return the task that ends when they are.

        None: all that the bot holds, wants or orders once the cycle that may be under way has sent what it decided.
        """
        desk = self._desks[trader.record.account]
        async with trader.lock:
            for instrument in trader.instruments if instruments is None else instruments:
                trader.latch(instrument, latch_flat(trader.memory.latches.get(instrument), reason))
            if trader.is_unsaved:
                await desk.save(trader)
        return self.resume(trader)

    def resume(self, trader: Trader) -> "asyncio.Task[None]":
        """Bring what is latched flat to flat; join where that is under way."""
        task = self._under_way.get(trader.bot_id)
        if task is None:
            task = self._tasks.start(self._drive(trader), name=f"exit:{trader.bot_id}")
            self._under_way[trader.bot_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(trader.bot_id, None))
        return task

    def leave(self, trader: Trader) -> None:
        """Close nothing more of a trader's: its bot is being deleted, and a person wants its position left."""
        self._left.add(trader)

    def rejoin(self, trader: Trader) -> None:
        """Take it back: its bot was not deleted after all; `resume` goes on with what is latched flat. Of a deleted one, forget it."""
        self._left.discard(trader)

    async def release(self, trader: Trader, instruments: Iterable[str]) -> None:
        """Take the flat latches off: the next cycle trades these instruments again, and what is left of a position is guarded anew."""
        desk, released = self._desks[trader.record.account], set(instruments)
        async with trader.lock:
            kept = {name: latch for name, latch in trader.memory.latches.items() if name not in released}
            if kept != trader.memory.latches:
                guards = {name: replace(guard, touched="") if name in released else guard for name, guard in trader.memory.guards.items()}
                trader.remember(latches=kept, guards=guards)
                await desk.save(trader)
        trader.changed()

    async def _drive(self, trader: Trader) -> None:
        desk, told = self._desks[trader.record.account], Refusals(self._clock)
        await desk.recovered.wait()
        while open_instruments := [name for name in trader.memory.latches if self._is_open(trader, name)]:
            pauses_s = [await self._try_step(desk, trader, instrument, told) for instrument in open_instruments]
            if any(self._is_open(trader, name) for name in open_instruments):
                await self._clock.sleep(max(pauses_s))
        log.info("flat", bot_id=trader.bot_id)

    async def _try_step(self, desk: Desk, trader: Trader, instrument: str, told: Refusals) -> float:
        """Take one step; return for how long to wait where it isn't flat yet. Superseded where nothing is to be closed any more."""
        try:
            async with trader.lock:
                self._check_there(desk, trader)
                return max(LOOK_AGAIN_S, await self._step(desk, trader, instrument))
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: nobody else closes what is to be flat
            if told.note(instrument, type(error).__name__):
                detail = error.detail if isinstance(error, StyrmanError) else repr(error)
                level = log.warning if isinstance(error, StyrmanError) else log.exception
                level("exit delayed; trying again", bot_id=trader.bot_id, instrument=instrument, error=detail)
            return TRY_AGAIN_S

    def _check_there(self, desk: Desk, trader: Trader) -> None:
        """Raise Superseded where the bot was deleted meanwhile: what it held is nobody's to close any more."""
        if trader in self._left or desk.traders.get(trader.bot_id) is not trader:
            raise Superseded(f"The exit of bot {trader.bot_id!r} was overtaken: the bot is deleted, and what it holds is left as it is.")

    def holds(self, trader: Trader, instrument: str) -> bool:
        """Whether more is held than dust; of an instrument that the venue lists no more, anything at all."""
        rules = self._desks[trader.record.account].venue.instruments().get(instrument)
        holding = trader.book.holding(instrument)
        return bool(holding.quantity) if rules is None else bool(closable(holding, rules))

    def _is_open(self, trader: Trader, instrument: str) -> bool:
        """Whether an instrument that is to be flat holds more than dust, or has an order that is not final."""
        if not trader.is_flat(instrument):
            return False
        return bool(trader.orders(instrument)) or self.holds(trader, instrument)

    def _sellable(self, desk: Desk, trader: Trader, instrument: str) -> Decimal:
        """Return how much of the position the venue would take an order for, unsigned.

        An unresolved order that may have closed a part counts as if it had; one that may have added waits until it is resolved.
        """
        rules, holding = desk.venue.instruments().get(instrument), trader.book.holding(instrument)
        if rules is None:
            raise VenueRefused(
                f"Venue {desk.account!r} lists no {instrument}; what bot {trader.bot_id!r} holds of it can't be closed there."
            )
        exposures = (order.exposure for order in trader.orders(instrument))
        closing = sum((abs(exposure) for exposure in exposures if exposure * holding.quantity < 0), Decimal(0))
        return closable(holding, rules, closing=closing)

    async def _step(self, desk: Desk, trader: Trader, instrument: str) -> float:
        """Cancel what works, or close what is held; return for how long to wait where it isn't flat yet."""
        if not self._is_open(trader, instrument):
            return 0.0  # flat meanwhile, or to be flat no more: while we waited for the trader, a person resumed it
        if working := [order for order in trader.orders(instrument) if not order.intent.state.is_unresolved]:
            await desk.cancel(trader, working, reason="exit")
            return LOOK_AGAIN_S
        quantity = self._sellable(desk, trader, instrument)
        if not quantity:
            return 0.0
        origin = _origin(trader.memory.latches[instrument])
        side = Side.SELL if trader.position(instrument) > 0 else Side.BUY
        request = market_order(instrument, side, quantity, reduce_only=desk.venue.capabilities.reduce_only)
        run = RunOrder(
            bot_id=trader.bot_id, run_id=f"{origin}-{request.client_order_id[-8:]}", epoch=0, generation=trader.record.generation
        )
        (order,) = await desk.place(trader, [desk.prepare(request, run, origin=origin)])
        if order.intent.state not in REFUSED:
            return LOOK_AGAIN_S
        log.error("exit refused; trying again", bot_id=trader.bot_id, instrument=instrument, reason=order.intent.reason)
        return TRY_AGAIN_S


def _origin(latch: TargetLatch) -> str:
    """Return whose exit it is, by what latched it, whoever drives it by now."""
    return "protection" if latch.flat in BARRIERS else "flatten"
