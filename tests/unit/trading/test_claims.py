"""Orders that no bot owns: shown, left alone, and a bot's from the moment that a person gives them to it."""

import asyncio
from decimal import Decimal

import pytest

from styrman.domain.orders import IntentState, OrderReport
from styrman.errors import Conflict, StoreFailed
from unit.trading.order_rig import OrderRig


@pytest.fixture(params=["web_1", None], ids=["named", "nameless"])
async def order(rig: OrderRig, request: pytest.FixtureRequest) -> OrderReport:
    """An order of somebody else's, half of which has traded."""
    order = rig.outsider("2", name=request.param)
    rig.venue.trade(order, "1")
    await rig.clock.settle()
    return rig.venue.read(order.venue_order_id)


async def test_what_nobody_owns_is_shown_and_left_alone(rig: OrderRig, order: OrderReport) -> None:
    await rig.place(price="91")
    external = await rig.desk.external_orders()

    assert external == [order]
    assert rig.position == 0


async def test_a_claimed_order_is_the_bots_from_then_on(rig: OrderRig, order: OrderReport) -> None:
    claimed = await rig.desk.claim(rig.trader, order, "k1", reason="it is mine")
    state = claimed.intent.state
    external = await rig.desk.external_orders()
    rig.venue.trade(order, "0.4")
    await rig.clock.settle()
    part = rig.position
    rig.venue.trade(order)
    await rig.clock.settle()

    assert state is IntentState.ACKED
    assert claimed.intent.request.quantity == 1
    assert claimed.intent.reason == "claimed: it is mine"
    assert external == []
    assert part == Decimal("0.4")
    assert rig.position == await rig.booked() == await rig.fills_booked() == 1
    assert await rig.journaled(claimed) is IntentState.FILLED
    assert rig.trader.memory.spent == ("k1",)


async def test_what_traded_before_the_claim_is_never_booked_after_a_restart_either(rig: OrderRig, order: OrderReport) -> None:
    earlier = rig.venue.fills[0]
    await rig.desk.claim(rig.trader, order)
    rig.venue.trade(order, "0.5")
    await rig.crash()
    await rig.desk.take_fill(earlier)
    rig.venue.trade(order)
    await rig.clock.settle()

    assert rig.position == await rig.booked() == 1
    assert not rig.trader.live


async def test_a_claimed_order_is_cancelled_like_any_other(rig: OrderRig, order: OrderReport) -> None:
    claimed = await rig.desk.claim(rig.trader, order)
    await rig.desk.cancel(rig.trader, [claimed], reason="enough")

    assert claimed.intent.state is IntentState.CANCELED
    assert not rig.venue.working
    assert rig.position == 0


async def test_a_claimed_order_that_ended_while_we_were_down_is_settled(rig: OrderRig, order: OrderReport) -> None:
    await rig.desk.claim(rig.trader, order)
    await rig.tasks.cancel()
    rig.venue.trade(order)
    await rig.crash()
    await rig.clock.settle()

    assert rig.position == 1
    assert (await rig.store.boot()).open_intents == []


async def test_an_order_is_claimed_once_and_only_while_it_works(rig: OrderRig, order: OrderReport) -> None:
    claims = await asyncio.gather(*(rig.desk.claim(rig.trader, order) for _ in range(2)), return_exceptions=True)
    ended = rig.outsider("1", "80")
    rig.venue.expire(ended)

    assert [type(each) for each in claims].count(Conflict) == 1
    assert len(rig.trader.live) == 1
    with pytest.raises(Conflict, match=ended.venue_order_id):
        await rig.desk.claim(rig.trader, ended)


async def test_a_claim_that_cannot_be_journaled_leaves_the_order_external(rig: OrderRig, order: OrderReport) -> None:
    rig.store.failing = "the disk is full"
    with pytest.raises(StoreFailed):
        await rig.desk.claim(rig.trader, order)
    rig.store.failing = ""

    assert await rig.desk.external_orders() == [order]


async def test_an_order_that_was_abandoned_can_be_claimed_back(rig: OrderRig) -> None:
    """Its id is another intent's already, and there is but one intent an id."""
    await rig.place(price="90")
    await rig.desk.abandon(rig.trader)
    (external,) = await rig.desk.external_orders()
    claimed = await rig.desk.claim(rig.trader, external)
    rig.venue.trade(external)
    await rig.clock.settle()

    assert claimed.intent.state is IntentState.FILLED
    assert rig.position == 1
