"""A halt closes the gate before anything else happens: a thousand bots in mid-send, and not a byte leaves after it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from styrman.clock import SystemClock
from styrman.config import OrderSettings, Settings
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, OrderReport, OrderRequest, OrderType
from styrman.domain.records import SYSTEM_SCOPE, HaltLatch
from styrman.errors import VenueUnavailable
from styrman.manager.halts import Halts
from styrman.manager.holds import Holds
from styrman.manager.state import Asked
from styrman.ports import Gate, RunOrder
from styrman.store.repositories import SqlStore
from styrman.telemetry import Instrumentation
from styrman.trading.execution import Desk
from styrman.trading.exits import Exits
from styrman.trading.gates import Gates
from styrman.trading.intents import new_client_order_id
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.resolution import Resolver
from styrman.trading.trader import LiveOrder, Trader
from unit.trading.lossy_venue import BTC, LossyVenue
from unit.trading.order_rig import bot_record

BOTS = 1000
CLOSED_MS = 50


class SlowWire(LossyVenue):
    """Requests wait for a connection before their gate is asked, as they would in a pool of sockets."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.connection = asyncio.Semaphore(20)
        self.sent = 0
        self.busy = asyncio.Event()

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        del request, stamp, not_after
        async with self.connection:
            for _ in range(3):
                await asyncio.sleep(0)
            gate()
            self.sent += 1
            if self.sent == BOTS // 10:
                self.busy.set()
        raise VenueUnavailable("nobody answers in a storm")


class NotingGates(Gates):
    """Gates that note when they closed, and what had been sent by then."""

    def __init__(self, venue: SlowWire) -> None:
        super().__init__()
        self._venue = venue
        self.closed_at = 0.0
        self.sent_before = 0

    def close(self, halt: HaltLatch) -> bool:
        self.closed_at, self.sent_before = time.perf_counter(), self._venue.sent
        return super().close(halt)


@asynccontextmanager
async def floor(home: Path, venue: SlowWire, gates: Gates) -> AsyncIterator[tuple[Desk, Halts]]:
    clock, tasks = venue._clock, OwnedTasks()
    settings = Settings(home=home, profile="embedded")
    telemetry, store = Instrumentation(settings), SqlStore(settings, clock)
    await store.open()
    journal = Journal(store, tell=lambda _: None, failed=lambda _: None)
    resolver = Resolver(store, clock, OrderSettings())
    desk = Desk(venue, journal=journal, gates=gates, clock=clock, telemetry=telemetry, tasks=tasks, resolver=resolver)
    desk.traders = {name: Trader(bot_record(clock, name)) for name in (f"b{number}" for number in range(BOTS))}
    desks = {"sim": desk}
    exits = Exits(desks, clock, tasks)
    yield desk, Halts(gates, desks=desks, exits=exits, journal=journal, clock=clock, tasks=tasks, holds=Holds(), tell=lambda _: None)
    await tasks.cancel()
    await store.close()
    telemetry.close()


async def buy(desk: Desk, trader: Trader) -> LiveOrder:
    request = OrderRequest(
        client_order_id=new_client_order_id(), instrument=BTC, side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal(1), price=Decimal(90)
    )
    run = RunOrder(bot_id=trader.bot_id, run_id="r", epoch=1, generation=1)
    (order,) = await desk.place(trader, [desk.prepare(request, run, origin="plan")])
    return order


async def test_a_halt_of_a_thousand_bots_in_mid_send_closes_within_50_ms_and_nothing_is_sent_after_it(tmp_path: Path) -> None:
    venue = SlowWire()
    gates = NotingGates(venue)
    async with asyncio.timeout(30), floor(tmp_path, venue, gates) as (desk, halts):
        sends = [asyncio.create_task(buy(desk, trader)) for trader in desk.traders.values()]
        await venue.busy.wait()
        began = time.perf_counter()
        await asyncio.create_task(halts.halt(SYSTEM_SCOPE, Asked(action="halt", reason="storm"), flatten=False))
        await asyncio.wait(sends)
        closed_ms, sent = (gates.closed_at - began) * 1000, gates.sent_before
        orders = [send.result() for send in sends]

        assert closed_ms < CLOSED_MS
        assert venue.sent == sent < BOTS
        assert sum(order.intent.state is IntentState.UNKNOWN for order in orders) == sent
        assert {order.intent.state for order in orders} <= {IntentState.UNKNOWN, IntentState.NOT_PLACED, IntentState.DENIED}


async def test_exits_and_protections_pass_a_halt(tmp_path: Path) -> None:
    venue = SlowWire()
    async with asyncio.timeout(30), floor(tmp_path, venue, Gates()) as (desk, halts):
        await halts.halt(SYSTEM_SCOPE, Asked(action="halt", reason="storm"), flatten=False)
        trader = desk.traders["b1"]
        for origin in ("plan", "force", "guard", "flatten", "protection"):
            await place_as(desk, trader, origin)

        assert venue.sent == 3


async def place_as(desk: Desk, trader: Trader, origin: str) -> None:
    request = OrderRequest(
        client_order_id=new_client_order_id(), instrument=BTC, side=Side.SELL, type=OrderType.MARKET, quantity=Decimal(1)
    )
    run = RunOrder(bot_id=trader.bot_id, run_id="r", epoch=1, generation=1)
    await desk.place(trader, [replace(desk.prepare(request, run, origin="plan"), origin=origin)])
