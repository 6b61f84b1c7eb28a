"""The caretaker: a position is never alone. Whether or not the bot's task runs, its protections rest at the venue where that can
hold them, and are watched at every price; a stopped bot's orders are taken off, and what is latched flat is brought to flat.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial

from styrman.clock import Clock
from styrman.domain.bots import BotRecord, Desired
from styrman.domain.market import Side, Ticker
from styrman.errors import StyrmanError, VenueError
from styrman.log import get_logger
from styrman.ports import CandleSeries, MarketData
from styrman.trading.execution import Desk
from styrman.trading.exits import Exits
from styrman.trading.gates import EXITS
from styrman.trading.owned import OwnedTasks
from styrman.trading.resting import is_guarded_there
from styrman.trading.room import Room
from styrman.trading.touches import Touches
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
CANCEL_AGAIN_S = 1.0
LOOK_EVERY_S = 10.0  # at every guarded position, whatever was told or not


class Caretaker:
    """Guards positions and closes what stopped bots leave. One serves all accounts."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, desks: Mapping[str, Desk], *, market: MarketData, exits: Exits, clock: Clock, tasks: OwnedTasks, grace_s: float
    ) -> None:
        self._desks = desks
        self._market = market
        self._exits = exits
        self._clock = clock
        self._tasks = tasks
        self._touches = Touches(desks, exits=exits, market=market, clock=clock, tasks=tasks, grace_s=grace_s)
        self._sentry = self._touches.sentry
        self._room = Room(desks, self._sentry, clock=clock, tasks=tasks)
        self._guarded: dict[tuple[str, str], dict[str, Trader]] = {}  # by (venue, instrument), then bot id
        self._candles: dict[tuple[str, str], CandleSeries] = {}  # keeps the prices of guarded instruments coming
        self._due: dict[str, Trader] = {}  # by bot id; something happened to its guards or orders
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._to_close: dict[str, set[str]] = {}  # by bot id: the instruments that a stop under way brings to flat
        self._unwatch: list[Callable[[], None]] = []
        for desk in desks.values():  # before any venue is open: fills that a boot finds are touches too
            desk.on_fill = self._touches.filled
            desk.make_room = self._room.make
            desk.taking = partial(self._taking, desk.account)

    def _taking(self, account: str, instrument: str, side: Side) -> Decimal | None:
        ticker = self._market.ticker(account, instrument)
        return None if ticker is None else ticker.taking(side)

    # ------------------------------------------------------------ guards

    def open(self) -> None:
        """Begin to watch each account once its venue is there, with what the traders remember from before."""
        for account, desk in self._desks.items():
            self._tasks.start(self._watch(desk), name=f"guard:{account}")

    async def _watch(self, desk: Desk) -> None:
        await desk.recovered.wait()
        self._unwatch.append(self._market.watch(desk.account, partial(self._price, desk)))
        for trader in tuple(desk.traders.values()):
            self.take(trader)
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            self._look_at_all(desk)

    def close(self) -> None:
        """Stop watching. What rests at the venue stays there."""
        self._sentry.close()
        for unwatch in self._unwatch:
            unwatch()

    def take(self, trader: Trader) -> None:
        """Look after a trader from now on; go on with an exit that an earlier process began."""
        trader.on_guards = self._changed
        self._changed(trader)
        if any(trader.is_flat(name) for name in trader.memory.latches):
            self._exits.resume(trader)

    def leave(self, trader: Trader) -> None:
        """Stop looking after a trader: its bot is deleted."""
        trader.on_guards = None
        self._due.pop(trader.bot_id, None)
        self._sentry.leave(trader)
        for guarded in self._guarded.values():
            guarded.pop(trader.bot_id, None)

    @asynccontextmanager
    async def relieved(self, trader: Trader) -> AsyncIterator[None]:
        """Take a bot's protections off, as far as the venue lets us, while it is being deleted with its position left as it is."""
        self._exits.leave(trader)
        try:
            await self._room.clear(trader)
            yield
        finally:
            self._exits.rejoin(trader)
            if trader.on_guards is not None:  # it was not deleted after all
                self._sentry.resume(trader)
                self.take(trader)

    def guards(self, trader: Trader) -> str | None:
        """Return how the trader's open positions are guarded: by orders that rest at the "venue", "watched" by us, or None: not at all."""
        guarded = [name for name in trader.open_instruments if name in trader.memory.guards]
        if not guarded:
            return None
        return "venue" if all(is_guarded_there(trader, name) for name in guarded) else "watched"

    def _changed(self, trader: Trader) -> None:
        """Look at a trader soon: not here, in the midst of whatever changed it, and once for all that changes together."""
        if not (trader.memory.guards or any(order.is_guard for order in trader.live.values())):
            return
        if not self._due:
            asyncio.get_running_loop().call_soon(self._look_at_due)
        self._due[trader.bot_id] = trader

    def _look_at_due(self) -> None:
        due, self._due = self._due, {}
        for trader in due.values():
            self._index(trader)
            guarding = [order.intent.request.instrument for order in trader.live.values() if order.is_guard]
            for instrument in dict.fromkeys((*trader.memory.guards, *guarding)):
                self._touches.look(trader, instrument)

    def _look_at_all(self, desk: Desk) -> None:
        for (account, instrument), guarded in self._guarded.items():
            ticker = self._market.ticker(account, instrument) if account == desk.account else None
            if ticker is not None:
                self._price(desk, ticker)  # a silent market has no price that would end a time limit
            for trader in guarded.values() if account == desk.account else ():
                self._changed(trader)

    def _index(self, trader: Trader) -> None:
        account = trader.record.account
        for instrument in trader.memory.guards:
            self._guarded.setdefault((account, instrument), {})[trader.bot_id] = trader
            self._keep_prices(account, instrument, trader.record.spec.timeframe)

    def _keep_prices(self, venue: str, instrument: str, timeframe: str) -> None:
        if (venue, instrument) not in self._candles:
            self._tasks.start(self._acquire(venue, instrument, timeframe), name=f"guard:{venue}:{instrument}")

    async def _acquire(self, venue: str, instrument: str, timeframe: str) -> None:
        await self._desks[venue].recovered.wait()
        if (venue, instrument) in self._candles:
            return
        try:
            self._candles[venue, instrument] = await self._market.acquire(venue, instrument, timeframe, window=1)
        except VenueError as error:
            log.error("prices of a guarded instrument can't be read", venue=venue, instrument=instrument, error=error.detail)

    def _price(self, desk: Desk, ticker: Ticker) -> None:
        guarded = self._guarded.get((desk.account, ticker.instrument))
        if not guarded:
            return
        for trader in tuple(guarded.values()):
            if ticker.instrument in trader.memory.guards:
                self._touches.price(trader, ticker)
            else:
                del guarded[trader.bot_id]

    # ------------------------------------------------------------ stopped bots

    def begin(self, record: BotRecord) -> bool:
        """Begin what the stop asks for, where anything is left to do; return whether it goes on."""
        trader = self._desks[record.account].traders.get(record.id)
        if trader is None:
            return False
        if record.stop.positions == "flatten":
            self._to_close.setdefault(record.id, set()).update(trader.open_instruments)
        self._see_to(trader)
        return self.is_closing(record.id)

    def go_on(self, record: BotRecord) -> None:
        """Go on with the orders that the stop of an earlier process left; positions are the latches' business."""
        trader = self._desks[record.account].traders.get(record.id)
        if trader is not None:
            self._see_to(trader)

    def _see_to(self, trader: Trader) -> None:
        if not self.is_closing(trader.bot_id) and self._has_work(trader):
            self._closing[trader.bot_id] = self._tasks.start(self._close(trader), name=f"close:{trader.bot_id}")

    def left(self, record: BotRecord) -> tuple[str, ...]:
        """Return the orders, by intent, that a stop wants off and that may still work."""
        trader = self._desks[record.account].traders.get(record.id)
        wanted_off = record.desired is Desired.STOPPED and record.stop.orders == "cancel"
        return tuple(order.intent.intent_id for order in trader.unwanted()) if trader is not None and wanted_off else ()

    def is_closing(self, bot_id: str) -> bool:
        """Whether a stopped bot's orders or positions are still being seen to."""
        task = self._closing.get(bot_id)
        if task is not None and task.done():
            del self._closing[bot_id]
            return False
        return task is not None

    def _has_work(self, trader: Trader) -> bool:
        """Whether anything is left of what the bot's stop asks for, in its latest words. One that is wanted again is not stopped."""
        record = trader.record
        if record.desired is not Desired.STOPPED or self._desks[record.account].traders.get(record.id) is not trader:
            return False
        if record.stop.orders == "cancel" and trader.unwanted():
            return True
        return record.stop.positions == "flatten" and bool(_on_their_way(trader) or self._held(trader))

    def _held(self, trader: Trader) -> list[str]:
        """Return what the stop wants closed and the bot holds."""
        return [name for name in self._to_close.get(trader.bot_id, ()) if self._exits.holds(trader, name)]

    async def _close(self, trader: Trader) -> None:
        """Do what the stop asks for, for as long as it takes: what is found, or trades, meanwhile is seen to as well."""
        desk, told = self._desks[trader.record.account], False
        try:
            while self._has_work(trader):
                try:
                    await self._close_once(desk, trader)
                except StyrmanError as error:
                    if not told:
                        log.warning("stop goes on; trying again", bot_id=trader.bot_id, error=error.detail)
                    told = True
                if self._has_work(trader):
                    await self._clock.sleep(CANCEL_AGAIN_S)
        finally:
            self._to_close.pop(trader.bot_id, None)

    async def _close_once(self, desk: Desk, trader: Trader) -> None:
        stop = trader.record.stop
        if stop.positions == "flatten":
            orders = trader.unwanted() if stop.orders == "cancel" else _on_their_way(trader)
            self._to_close.setdefault(trader.bot_id, set()).update(order.intent.request.instrument for order in orders)
            if held := self._held(trader):
                await self._exits.begin(trader, reason="stopped", instruments=held)
        if stop.orders == "cancel":
            await desk.cancel(trader, trader.unwanted(), reason="stop")


def _on_their_way(trader: Trader) -> list[LiveOrder]:
    """Return the orders that were sent before a stop and may have traded, for all that is known."""
    return [order for order in trader.orders() if order.intent.origin not in EXITS and order.intent.state.is_unresolved]
