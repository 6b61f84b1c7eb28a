"""Two bots of one account never trade with each other, however their orders overtake one another on the way to the venue."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from styrman.config import Settings
from styrman.domain.market import Side
from styrman.domain.orders import Intent, IntentState, OrderReport, OrderRequest, OrderType, TimeInForce
from styrman.ports import Gate
from styrman.telemetry import Instrumentation
from styrman.trading.trader import LiveOrder, Trader
from unit.trading.lossy_venue import BTC, LossyVenue
from unit.trading.order_rig import OrderRig, bot_record

Ask = tuple[str, Side, str | None, int, int]  # who, side, limit price, how long its request takes, how many turns until the next
ASKS = st.tuples(
    st.sampled_from(["b1", "b2"]), st.sampled_from(Side), st.sampled_from(["99", "100", "101", None]), st.integers(0, 3), st.integers(0, 9)
)


class Crowded(LossyVenue):
    """Requests take as long as the test says; whoever meets another bot's order there is written down."""

    delays: dict[str, int]
    owners: dict[str, str]
    met: list[tuple[OrderReport, OrderRequest]]

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        if delay_s := self.delays[request.client_order_id]:
            await self._clock.sleep(delay_s)
        return await super().create_order(request, stamp=stamp, not_after=not_after, gate=gate)

    def _place(self, request: OrderRequest) -> OrderReport:
        price = request.price or self.prices[BTC]
        for other in self.working:
            is_strangers = self.owners[other.client_order_id or ""] != self.owners[request.client_order_id]
            if is_strangers and other.side is not request.side and (price - (other.price or 0)) * request.side.sign >= 0:
                self.met.append((other, request))
        return super()._place(request)


class TwoBots(OrderRig):
    """Two bots on one desk."""

    def __init__(self, telemetry: Instrumentation) -> None:
        super().__init__(telemetry)
        self.venue.__class__ = Crowded
        self.crowd: Crowded = self.venue  # type: ignore[assignment] # as of the line above
        self.crowd.delays, self.crowd.owners, self.crowd.met = {}, {}, []
        self.desk.taking = lambda instrument, side: self.venue.prices[instrument]  # noqa: ARG005 - one price for both sides
        self.desk.traders["b2"] = Trader(bot_record(self.clock, "b2"))

    def ask(self, bot_id: str, side: Side, price: str | None, delay_s: int = 0, *, origin: str = "plan", **more: object) -> Intent:
        intent = self.intent(side, "1", price)
        request = replace(intent.request, **more)  # type: ignore[arg-type] # shorthand
        self.crowd.delays[request.client_order_id] = delay_s
        self.crowd.owners[request.client_order_id] = bot_id
        return replace(intent, request=request, bot_id=bot_id, origin=origin)

    def start(self, intent: Intent) -> "asyncio.Task[list[LiveOrder]]":
        return asyncio.create_task(self.desk.place(self.desk.traders[intent.bot_id], [intent]), name="test:place")


@pytest.fixture
def telemetry() -> Iterator[Instrumentation]:
    with TemporaryDirectory() as folder:
        made = Instrumentation(Settings(home=Path(folder), profile="embedded"))
        yield made
        made.close()


async def run(rig: TwoBots, asks: list[Ask]) -> list[LiveOrder]:
    await rig.open()
    tasks = []
    for who, side, price, delay_s, turns in asks:
        tasks.append(rig.start(rig.ask(who, side, price, delay_s)))
        for _ in range(turns):
            await asyncio.sleep(0)
    for _ in range(4):
        await rig.clock.advance(1)
    orders = [order for placed in await asyncio.gather(*tasks) for order in placed]
    await rig.close()
    return orders


@settings(max_examples=150, deadline=None)
@given(st.lists(ASKS, min_size=2, max_size=7))
def test_no_interleaving_of_two_bots_lets_their_orders_meet(asks: list[Ask]) -> None:
    with TemporaryDirectory() as folder:
        telemetry = Instrumentation(Settings(home=Path(folder), profile="embedded"))
        rig = TwoBots(telemetry)
        orders = asyncio.run(run(rig, asks))
        telemetry.close()

    assert rig.crowd.met == []
    assert orders[0].intent.state is not IntentState.DENIED, "the first has nobody to meet"


async def test_of_two_orders_decided_in_one_turn_the_later_is_denied_and_not_sent(telemetry: Instrumentation) -> None:
    rig = TwoBots(telemetry)
    await rig.open()
    first, second = rig.start(rig.ask("b1", Side.BUY, "100")), rig.start(rig.ask("b2", Side.SELL, "100"))
    (bought,), (sold,) = await asyncio.gather(first, second)
    await rig.close()

    assert bought.intent.state is IntentState.ACKED
    assert sold.intent.state is IntentState.DENIED
    assert "(self_trade)" in sold.intent.reason
    assert rig.venue.requests[sold.intent.request.client_order_id] == 0


@pytest.mark.parametrize(
    ("later", "state"),
    [
        ({"price": "90"}, IntentState.DENIED),
        ({"price": "90", "time_in_force": TimeInForce.IOC}, IntentState.ACKED),
        ({"price": None, "type": OrderType.MARKET}, IntentState.FILLED),
        ({"price": "90", "origin": "guard"}, IntentState.ACKED),
    ],
)
async def test_an_order_that_rests_waits_for_one_at_market_and_no_other_does(
    telemetry: Instrumentation, later: dict[str, str | None], state: IntentState
) -> None:
    rig = TwoBots(telemetry)
    await rig.open()
    selling = rig.start(rig.ask("b1", Side.SELL, None, delay_s=2))
    await rig.clock.settle()
    buying = rig.start(rig.ask("b2", Side.BUY, later.pop("price"), **later))  # type: ignore[arg-type] # the words above
    await rig.clock.settle()
    await rig.clock.advance(3)
    (order,) = await buying
    await selling
    after = await rig.desk.place(rig.desk.traders["b2"], [rig.ask("b2", Side.BUY, "90")])
    await rig.close()

    assert order.intent.state is state
    assert after[0].intent.state is IntentState.ACKED, "what was at market is gone"
