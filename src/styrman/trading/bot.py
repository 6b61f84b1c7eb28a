"""The loop around `main`: one run of one bot. It loads what the bot needs, says that it is ready, and runs a cycle each turn.

It ends where it is asked to, at a safe point between the phases of a cycle; it restarts nothing and catches nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from styrman.domain.bots import TradingState
from styrman.domain.events import Event, EventKind
from styrman.domain.market import InstrumentRules, asset_of
from styrman.domain.orders import WorkingOrder
from styrman.domain.spec import Selector
from styrman.errors import OrderDenied
from styrman.log import get_logger
from styrman.ports import Program, RunOrder
from styrman.trading.execution import Desk
from styrman.trading.feeds import Feeds
from styrman.trading.live import check_live
from styrman.trading.main_bot import main
from styrman.trading.phase import Phase
from styrman.trading.refusals import Refusals
from styrman.trading.trader import Trader
from styrman.trading.workshop import NOT_LOADED, Workshop

log = get_logger()
LATE_SERIES_S = 1.0  # with several instruments: how long a candle close waits for the others
SELECTOR_EVERY_S = 3600.0


class Bot:
    """One run of a bot. `run` is its task; everything else is called from the same loop."""

    __slots__ = (
        "_asked_for_turn",
        "_closed_at",
        "_closes",
        "_reselect_at",
        "_turned",
        "_wait",
        "asked",
        "cycle_started_at",
        "desk",
        "feeds",
        "order",
        "phase",
        "program",
        "refusals",
        "rules",
        "shop",
        "spec",
        "stop_reason",
        "trader",
    )

    def __init__(self, order: RunOrder, trader: Trader, desk: Desk, shop: Workshop) -> None:
        self.order = order
        self.trader = trader
        self.desk = desk
        self.shop = shop
        self.spec = trader.record.spec
        self.feeds = Feeds(shop.market, self.spec, self)
        self.program: Program = NOT_LOADED
        self.phase = Phase.LOADING
        self.stop_reason: str | None = None
        self.cycle_started_at: float | None = None  # monotonic; None between cycles
        self.rules: dict[str, InstrumentRules] = {}
        self.refusals = Refusals(shop.clock)
        self.asked: dict[str, WorkingOrder] = {}  # by key: the Plan's words for the orders that this run sent
        self._asked_for_turn = False
        self._wait: asyncio.Future[None] | None = None
        self._turned = False  # a turn came while no one waited for it
        self._closed_at: datetime | None = None
        self._closes = 0
        self._reselect_at = float("inf")

    # ------------------------------------------------------------ the task

    async def run(self, ready: Callable[[], None]) -> None:
        """Load, say `ready`, and cycle until asked to stop. Any error of the venue or of the strategy passes."""
        # No AsyncExitStack here, and no coroutine to wait in: they cost 3 KB, and there may be ten thousand of us.
        loop = asyncio.get_running_loop()
        try:
            await self._load()
            ready()
            self._begin()
            while self.stop_reason is None:
                if not self._turned:
                    self._wait = loop.create_future()
                    await self._wait
                    self._wait = None
                self._turned = False
                if self.stop_reason is None:
                    await self._cycle()
        finally:
            await self._end()

    async def _load(self) -> None:
        await self.desk.ready(self.trader)
        check_live(self.desk.venue, self.spec)
        work = self.shop.resolve(self.spec)
        self.program = await self.shop.compute.load(self.spec.id, work, self.spec.params, self.spec.compute)
        await self._select(self.program.warmup)

    async def _end(self) -> None:
        self.trader.on_change = None
        self.shop.pulse.forget(self)
        try:
            await self.program.close()
        finally:
            await self.feeds.close()

    async def _select(self, warmup: int) -> None:
        """Open the candles of the spec's instruments; a selector's are chosen anew every hour, and what is held is kept."""
        chosen = self.spec.instruments
        if isinstance(chosen, Selector):
            chosen = await self.desk.venue.select(chosen)
            self._reselect_at = self.shop.clock.monotonic() + SELECTOR_EVERY_S
        await self.feeds.open(tuple(dict.fromkeys((*chosen, *self.trader.exposed_instruments))), warmup)
        every = self.desk.venue.instruments()
        self.rules = {name: every[name] for name in self.feeds.instruments}

    def _begin(self) -> None:
        self.trader.on_change = self.wake
        if self.spec.cycle.every_s is not None:
            # A hash of the id spreads the bots over their interval, and each over the same place after every restart.
            self.shop.pulse.every(self, self.spec.cycle.every_s, phase=(crc32(self.spec.id.encode()) % 1000) / 1000)
        else:
            self.wake()

    async def _cycle(self) -> None:
        clock, cycles, slot = self.shop.clock, self.shop.cycles, self.trader.record.slot
        started_at = self.cycle_started_at = clock.monotonic()
        if started_at >= self._reselect_at:
            await self._select(self.program.warmup)
        self.phase = Phase.DECIDING
        with self.shop.telemetry.span("cycle", bot_id=self.spec.id):
            await main(self)
        self.phase = Phase.WAITING
        self.cycle_started_at = None
        cycles.ended(slot, clock.monotonic() - started_at)

    # ------------------------------------------------------------ what a cycle asks of it

    def trading_state(self, instrument: str) -> TradingState:
        """Return the strictest trading state that holds for it now. A drifting asset takes no new exposure until it is accepted."""
        record = self.trader.record
        paused = record.paused or asset_of(instrument) in self.desk.drifting
        return self.shop.gates.state(record.account, record.id, paused=paused)

    def refuse(self, name: str, denied: OrderDenied) -> None:
        """Tell, once, that the risk rules refuse an order."""
        if not self.refusals.note(name, denied.rule):
            return
        log.warning("order denied", bot_id=self.spec.id, rule=denied.rule, detail=denied.detail)
        event = Event(
            kind=EventKind.ORDER,
            name="OrderDenied",
            at=self.shop.clock.now(),
            bot_id=self.spec.id,
            reason=denied.detail,
            fields={"rule": denied.rule, "state": "DENIED"},
        )
        self.desk.tell(event)

    # ------------------------------------------------------------ being woken and stopped

    def turn(self, late_s: float) -> None:
        """Take a turn: run a cycle, or remember to run one after the present one."""
        self._asked_for_turn = False
        self.shop.cycles.began(self.trader.record.slot, late_s)
        if self._wait is None:
            self._turned = True
        elif not self._wait.done():
            self._wait.set_result(None)

    def wake(self) -> None:
        """Ask for a turn, once: a candle closed, or something happened to the bot's orders."""
        if not self._asked_for_turn:
            self._asked_for_turn = True
            self.shop.pulse.wake(self)

    def candle_closed(self, closed_at: datetime) -> None:
        """Ask for a turn once every instrument has closed this candle, or a moment later without the stragglers."""
        if self.spec.cycle.on != "candle":
            return
        if closed_at != self._closed_at:
            self._closed_at, self._closes = closed_at, 0
            if len(self.feeds.instruments) > 1:
                self.shop.pulse.once(_Straggler(self, closed_at), LATE_SERIES_S)
        self._closes += 1
        if self._closes == len(self.feeds.instruments):
            self.wake()

    def close_without_stragglers(self, closed_at: datetime) -> None:
        """Ask for a turn where an instrument still has not closed this candle; where all have, that turn is taken."""
        if closed_at == self._closed_at and self._closes < len(self.feeds.instruments):
            self.wake()

    def is_busy(self) -> bool:
        """Whether a cycle runs or is due."""
        return self._asked_for_turn or self._turned or self._wait is None or self._wait.done()

    def request_stop(self, reason: str) -> bool:
        """Ask the run to end at its next safe point; return whether its task may be cancelled at once."""
        self.stop_reason = reason
        return self.phase.is_safe


@dataclass(frozen=True, slots=True)
class _Straggler:
    """Looks after a while whether a candle's close waits for an instrument."""

    bot: Bot
    closed_at: datetime

    def turn(self, late_s: float) -> None:
        del late_s
        self.bot.close_without_stragglers(self.closed_at)
