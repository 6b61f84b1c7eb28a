"""Touches: what follows when a price touches a barrier, or the venue fills an order that rests for one: the position is closed, once.

Where an order rests that the price touches too, the venue has a moment to fill it; else, and after that, we close the position
ourselves, by an exit. Either way the instrument is latched flat in the same breath as the touch is remembered.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from styrman.clock import Clock
from styrman.domain.market import Ticker
from styrman.log import get_logger
from styrman.ports import MarketData
from styrman.trading.execution import Desk
from styrman.trading.exits import Exits
from styrman.trading.owned import OwnedTasks
from styrman.trading.protection_events import Touch, touched_event
from styrman.trading.protections import Barrier, exit_side, watch
from styrman.trading.resting import barrier_of, is_stop, is_touched, is_triggered, works
from styrman.trading.sentry import Sentry
from styrman.trading.sizing import latch_flat
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
Wait: TypeAlias = tuple[str, str, Barrier]  # of which bot, instrument and barrier the venue has a moment


class Touches:
    """Watches prices against guards and fills against barriers. Its sentry keeps what rests."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, desks: Mapping[str, Desk], *, exits: Exits, market: MarketData, clock: Clock, tasks: OwnedTasks, grace_s: float
    ) -> None:
        self._desks = desks
        self._exits = exits
        self._market = market
        self._clock = clock
        self._tasks = tasks
        self._grace_s = grace_s
        self._until: dict[Wait, float] = {}  # monotonic
        self.sentry = Sentry(desks, clock=clock, tasks=tasks, is_exiting=self.is_exiting, rejected=self._rejected)

    def is_exiting(self, trader: Trader, instrument: str) -> bool:
        """Whether a position is being closed, by us or by the venue: what rests is left as it is."""
        return trader.is_flat(instrument) or bool(self._waits(trader, instrument))

    # ------------------------------------------------------------ prices

    def price(self, trader: Trader, ticker: Ticker) -> None:
        """Take a price of a guarded instrument."""
        instrument, holding = ticker.instrument, trader.book.holding(ticker.instrument)
        guard, market_time = trader.memory.guards[instrument], self._desks[trader.record.account].venue.market_time()
        seen = watch(guard, holding, ticker, market_time)
        if seen is guard:
            return
        touched = Barrier(seen.touched) if seen.touched and not guard.touched else None
        if touched is not None and self._is_left_to_the_venue(trader, ticker, touched):
            seen, touched = replace(seen, touched=""), None
        # Past `remember`: the index stands, and a best price is journaled with the next heartbeat, not with every price.
        trader.memory = trader.memory_with_guard(instrument, seen)
        if touched is not None:
            self._exit(trader, Touch(instrument, touched, ticker.last, market_time))
        elif seen.trailing is not None:
            self.sentry.look(trader, instrument)

    def _is_left_to_the_venue(self, trader: Trader, ticker: Ticker, barrier: Barrier) -> bool:
        """Whether an order rests that this price touches, and the venue's time to fill it is not over."""
        price = ticker.taking(exit_side(trader.book.holding(ticker.instrument)))
        resting = self._resting(trader, ticker.instrument, barrier)
        if not any(works(order) and is_touched(order, price) for order in resting):
            return False
        self._give_time(trader, ticker.instrument, barrier)
        return self._clock.monotonic() < self._until[trader.bot_id, ticker.instrument, barrier]

    # ------------------------------------------------------------ the venue's time

    def _give_time(self, trader: Trader, instrument: str, barrier: Barrier) -> None:
        wait, until = (trader.bot_id, instrument, barrier), self._clock.monotonic() + self._grace_s
        if wait not in self._until:
            self._until[wait] = until
            self._tasks.start(self._take_time(trader, wait, until), name=f"protect:{trader.bot_id}:{instrument}:grace")

    async def _take_time(self, trader: Trader, wait: Wait, until: float) -> None:
        await self._clock.sleep(self._grace_s)
        if self._until.get(wait) == until:
            self._time_is_over(trader, wait)

    def _time_is_over(self, trader: Trader, wait: Wait) -> None:
        """Close what the venue has not closed; a target that the price has left again goes on resting, since no harm comes of it."""
        _, instrument, barrier = wait
        del self._until[wait]
        if barrier is not Barrier.TAKE_PROFIT or self._is_touched(trader, instrument):
            self._close(trader, instrument, barrier)
        self.sentry.look(trader, instrument)

    def _is_touched(self, trader: Trader, instrument: str) -> bool:
        guard, ticker = trader.memory.guards.get(instrument), self._market.ticker(trader.record.account, instrument)
        if guard is None or ticker is None:
            return False
        return bool(watch(guard, trader.book.holding(instrument), ticker, ticker.market_time).touched)

    def _waits(self, trader: Trader, instrument: str) -> list[Wait]:
        if not self._until:
            return []
        return [wait for barrier in Barrier if (wait := (trader.bot_id, instrument, barrier)) in self._until]

    # ------------------------------------------------------------ orders

    def look(self, trader: Trader, instrument: str) -> None:
        """See to whatever changed: a stop that has begun to trade, an order that ended before it had closed the position."""
        for order in trader.orders(instrument):
            if order.is_guard and is_triggered(order):
                self._give_time(trader, instrument, barrier_of(order.intent))
        for wait in self._waits(trader, instrument):
            if not self._resting(trader, instrument, wait[2]):
                self._time_is_over(trader, wait)
        self.sentry.look(trader, instrument)

    def filled(self, trader: Trader, order: LiveOrder) -> None:
        """Take a fill that was just booked, before it is journaled: a protection that has filled is a touch, durable with its fill."""
        if not order.is_guard:
            return
        fill, instrument = trader.fills[-1], order.intent.request.instrument
        if trader.is_flat(instrument):
            return
        if order.intent.filled >= order.intent.request.quantity:
            self._exit(trader, Touch(instrument, barrier_of(order.intent), fill.price, fill.market_time))
        else:
            self._want_no_more(trader, instrument)

    def _want_no_more(self, trader: Trader, instrument: str) -> None:
        """Latch what a protection has closed in part: no target, and no rebalance, wants it back until the target changes."""
        latch, position = trader.memory.latches.get(instrument), trader.position(instrument)
        if latch is not None and latch.quantity * position > 0 and abs(latch.quantity) > abs(position):
            trader.latch(instrument, replace(latch, quantity=position, forced=True))

    def _resting(self, trader: Trader, instrument: str, barrier: Barrier) -> list[LiveOrder]:
        if barrier is Barrier.TIME_LIMIT:
            return []
        wants_stop = barrier is not Barrier.TAKE_PROFIT
        return [order for order in trader.orders(instrument) if order.is_guard and is_stop(order) is wants_stop]

    # ------------------------------------------------------------ exits

    def _rejected(self, trader: Trader, instrument: str, barrier: Barrier) -> None:
        """Exit a position whose stop the venue rejects: nothing would rest where the price may be already."""
        self._close(trader, instrument, barrier)

    def _close(self, trader: Trader, instrument: str, barrier: Barrier) -> None:
        """Exit, where that is not under way and anything is left to close."""
        desk = self._desks[trader.record.account]
        if trader.is_flat(instrument) or not self._exits.holds(trader, instrument):
            return
        ticker = self._market.ticker(desk.account, instrument)
        self._exit(trader, Touch(instrument, barrier, None if ticker is None else ticker.last, desk.venue.market_time()))

    def _exit(self, trader: Trader, touch: Touch) -> None:
        """Latch flat in the same breath as the touch is remembered, so that the journal never holds one without the other."""
        desk, instrument, guard = self._desks[trader.record.account], touch.instrument, trader.memory.guards.get(touch.instrument)
        log.warning("protection touched", bot_id=trader.bot_id, instrument=instrument, barrier=touch.barrier, price=str(touch.price))
        if guard is not None:
            trader.memory = trader.memory_with_guard(instrument, replace(guard, touched=touch.barrier.value))
        trader.latch(instrument, latch_flat(trader.memory.latches.get(instrument), touch.barrier.value))
        self._exits.resume(trader)
        desk.tell(touched_event(trader.bot_id, touch, self._clock.now()))
