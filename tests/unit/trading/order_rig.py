"""A desk on a lossy venue, a store in memory and a clock that stands still: all of order execution, and a crash at any moment."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from styrman.clock import Clock, ManualClock
from styrman.config import OrderSettings
from styrman.domain.bots import BotRecord
from styrman.domain.events import Event
from styrman.domain.market import Side
from styrman.domain.orders import Intent, IntentState, OrderReport, OrderRequest, OrderType
from styrman.domain.records import BotMemory, Holding
from styrman.domain.spec import BotSpec, spec_hash
from styrman.errors import StoreFailed
from styrman.ports import PageRequest, RunOrder
from styrman.store.memory import MemoryStore
from styrman.telemetry import Instrumentation
from styrman.trading.execution import Desk
from styrman.trading.gates import Gates
from styrman.trading.intents import new_client_order_id
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.resolution import Resolver
from styrman.trading.trader import LiveOrder, Trader
from unit.trading.lossy_venue import BTC, ETH, LossyVenue

RUN = RunOrder(bot_id="b1", run_id="r1", epoch=1, generation=1)
HORIZON_S = 5 + 1 + 1  # the venue's window, its visibility lag, the skew
PROOF_GAP_S = 2


def bot_record(clock: Clock, bot_id: str = "b1", **more: object) -> BotRecord:
    """Return the record of a bot on BTC and ETH."""
    spec = BotSpec(id=bot_id, strategy="idle", venue="sim", instruments=(BTC, ETH), capital=Decimal(10_000), **more)  # type: ignore[arg-type] # shorthand
    return BotRecord(spec=spec, spec_hash=spec_hash(spec), slot=0, asked_by="test", asked_at=clock.now(), created_at=clock.now())


class OrderRig:
    """One process after another over the same venue and store."""

    def __init__(self, telemetry: Instrumentation) -> None:
        self.clock = ManualClock()
        self.venue = LossyVenue(self.clock)
        self.store = MemoryStore()
        self.telemetry = telemetry
        self.told: list[Event] = []
        self.protections: set[str] = set()  # the ids of the pairs that were made
        self.store_failures: list[StoreFailed] = []
        self._start()

    def _start(self, memory: BotMemory | None = None, holdings: list[Holding] | None = None) -> None:
        self.tasks, self.gates = OwnedTasks(), Gates()
        self.journal = Journal(self.store, tell=self.told.extend, failed=self.store_failures.append)
        settings = OrderSettings(clock_skew_s=1, proof_gap_s=PROOF_GAP_S)
        self.resolver = Resolver(self.store, self.clock, settings)
        self.desk = Desk(
            self.venue,
            journal=self.journal,
            gates=self.gates,
            clock=self.clock,
            telemetry=self.telemetry,
            tasks=self.tasks,
            resolver=self.resolver,
        )
        self.trader = Trader(bot_record(self.clock), holdings or (), memory)
        self.desk.traders["b1"] = self.trader

    async def open(self) -> None:
        """Follow the account, with the bot's row in the store."""
        await self.store.commit(self.trader.record)
        await self.listen()
        self.desk.opening.succeed()

    async def listen(self) -> "asyncio.Task[None]":
        """Follow the account's stream, as the venue keeper does."""
        task = self.tasks.start(self.desk.listen(), name="account:sim:stream")
        await self.clock.settle()
        return task

    async def crash(self, *, follow: bool = True) -> None:
        """Die without a word, and boot again on what was committed."""
        await self.tasks.cancel()
        boot = await self.store.boot()
        memory = next(iter(boot.memories.values()), None)
        self._start(memory, boot.holdings)
        if follow:
            await self.listen()
        await self.resolver.recover(self.desk, [(self.trader, intent) for intent in boot.open_intents])
        self.desk.opening.succeed()

    async def close(self) -> None:
        """End every task."""
        await self.tasks.cancel()

    # ------------------------------------------------------------ asking for orders

    def intent(self, side: Side = Side.BUY, quantity: str = "1", price: str | None = None, key: str | None = None) -> Intent:
        """Return an intent: a limit order where there is a price."""
        request = OrderRequest(
            client_order_id=new_client_order_id(),
            instrument=BTC,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            price=None if price is None else Decimal(price),
        )
        return self.desk.prepare(request, RUN, origin="plan", key=key)

    async def place(self, side: Side = Side.BUY, quantity: str = "1", price: str | None = None, key: str | None = None) -> LiveOrder:
        """Place one order and return it, answered or being looked for."""
        (order,) = await self.desk.place(self.trader, [self.intent(side, quantity, price, key)])
        return order

    def pair(self, quantity: str = "1") -> tuple[Intent, Intent]:
        """Return a stop and a target that sell."""
        target = self.intent(Side.SELL, quantity, "120")
        stop = replace(target.request, client_order_id=new_client_order_id(), type=OrderType.STOP, price=None, stop_price=Decimal(80))
        self.protections |= {stop.client_order_id, target.request.client_order_id}
        return self.desk.prepare(stop, RUN, origin="guard"), self.desk.prepare(target.request, RUN, origin="guard")

    def outsider(self, quantity: str = "2", price: str = "90", name: str | None = None) -> OrderReport:
        """Return an order that somebody else placed at the account."""
        order = self.venue._place(replace(self.intent(Side.BUY, quantity, price).request, client_order_id=name or "x"))
        return order if name else self.venue.forget_name(order)

    async def until(self, condition: Callable[[], bool], *, within_s: float = 60, step_s: float = 0.25) -> None:
        """Let time pass until it holds."""
        for _ in range(round(within_s / step_s)):
            await self.clock.settle()
            if condition():
                return
            await self.clock.advance(step_s)
        raise AssertionError(f"it did not come to pass within {within_s} s")

    # ------------------------------------------------------------ what is known

    @property
    def position(self) -> Decimal:
        """What the bot's book holds."""
        return self.trader.position(BTC)

    async def journaled(self, order: LiveOrder) -> IntentState:
        """Return the state that the journal holds."""
        found = await self.store.intent("sim", order.intent.request.client_order_id)
        assert found is not None
        return found.state

    async def booked(self) -> Decimal:
        """Return what the journal's holdings come to."""
        return sum((holding.quantity for holding in (await self.store.boot()).holdings), Decimal(0))

    async def fills_booked(self) -> Decimal:
        """Return what the journal's fills come to."""
        page = await self.store.fills(PageRequest(limit=1000))
        return sum((row.fill.side.sign * row.fill.quantity for row in page.items if row.bot_id), Decimal(0))
