"""What is concluded of an order whose answer was lost: nothing before the horizon, nothing of silence, nothing without a deadline."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from styrman.domain.orders import IntentState, OrderReport
from styrman.errors import Conflict, VenueRefused, VenueUnavailable
from styrman.ports import Mode
from styrman.trading import resolution
from unit.trading.lossy_venue import Fault
from unit.trading.order_rig import HORIZON_S, PROOF_GAP_S, OrderRig

AWAY = VenueUnavailable("the venue is away")


async def test_a_look_that_fails_is_no_negative(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    order = await rig.place()
    rig.venue.away = AWAY
    await rig.clock.advance(HORIZON_S + 60)
    while_away = order.intent.state
    rig.venue.away = None
    back_at = rig.clock.monotonic()
    await rig.until(lambda: order.intent.state is not IntentState.UNKNOWN)

    assert while_away is IntentState.UNKNOWN
    assert order.intent.state is IntentState.NOT_PLACED
    assert rig.clock.monotonic() - back_at >= PROOF_GAP_S


async def test_an_adapter_that_raises_what_it_should_not_does_not_end_the_search(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise KeyError("orderId")

    rig.venue.is_mute = True
    rig.venue.faults.append(Fault.ANSWER_LOST)
    with monkeypatch.context() as patch:
        patch.setattr(rig.venue, "fetch_order", breaks)
        order = await rig.place(price="90")
        await rig.clock.advance(3)
    await rig.until(lambda: order.intent.state is IntentState.ACKED)

    assert rig.venue.requests.total() == 1


async def test_a_look_that_hangs_is_made_again(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(resolution, "LOOK_S", 0.01)
    rig.venue.is_mute = True
    rig.venue.faults.append(Fault.ANSWER_LOST)
    with monkeypatch.context() as patch:
        patch.setattr(rig.venue, "fetch_order", hangs)
        order = await rig.place(price="90")
        async with asyncio.timeout(5):
            while order.is_looked_for and not rig.clock._sleepers:
                await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    await rig.until(lambda: order.intent.state is IntentState.ACKED)

    assert rig.venue.requests.total() == 1


async def test_a_wall_clock_that_steps_forward_brings_no_horizon_nearer(rig: OrderRig) -> None:
    """Else two looks, two seconds apart, would prove absent what is on its way."""
    rig.venue.faults.append(Fault.REQUEST_LOST)
    order = await rig.place()
    rig.clock._start += timedelta(hours=1)
    await rig.clock.advance(PROOF_GAP_S * 2)
    soon = order.intent.state
    await rig.clock.advance(HORIZON_S)

    assert soon is IntentState.UNKNOWN
    assert order.intent.state is IntentState.NOT_PLACED


async def test_nothing_is_proven_while_the_clock_of_a_live_venue_is_not_known(rig: OrderRig) -> None:
    rig.venue.mode = Mode.LIVE
    rig.venue.faults.append(Fault.REQUEST_LOST)
    order = await rig.place()
    rig.venue.offset = None
    await rig.clock.advance(600)
    unproven = order.intent.state
    rig.venue.offset = timedelta(0)
    await rig.clock.advance(60)

    assert unproven is IntentState.UNKNOWN
    assert order.intent.state is IntentState.NOT_PLACED


async def test_a_venue_whose_clock_is_behind_has_a_later_horizon(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    order = await rig.place()
    rig.venue.offset = timedelta(seconds=-4)
    await rig.clock.advance(HORIZON_S + PROOF_GAP_S + 0.5)
    by_our_clock = order.intent.state
    await rig.clock.advance(4)

    assert by_our_clock is IntentState.UNKNOWN
    assert order.intent.state is IntentState.NOT_PLACED


async def test_an_hour_of_unknown_is_told_once_in_the_journal(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    rig.venue.away = None
    order = await rig.place()
    rig.venue.away = AWAY
    await rig.clock.advance(59)
    before = [event for event in rig.told if event.name == "OrderOutcomeUnknown"]
    await rig.clock.advance(3600)

    told = [event for event in rig.told if event.name == "OrderOutcomeUnknown"]
    assert not before
    assert [event.fields["intent_id"] for event in told] == [order.intent.intent_id]


# ---------------------------------------------------------------- no deadline, and a person


@pytest.fixture
def endless(rig: OrderRig) -> OrderRig:
    rig.venue.capabilities = replace(rig.venue.capabilities, window=None)
    return rig


async def test_where_no_deadline_is_enforced_nothing_is_inferred_from_time(endless: OrderRig) -> None:
    endless.venue.faults.append(Fault.REQUEST_LOST)
    order = await endless.place()
    await endless.clock.advance(3600)
    await endless.crash()
    await endless.clock.advance(3600)
    (left,) = endless.trader.live.values()

    assert order.intent.state is IntentState.UNKNOWN
    assert left.intent.state is IntentState.UNKNOWN


async def test_a_person_decides_what_nobody_can_know(endless: OrderRig) -> None:
    endless.venue.faults.append(Fault.REQUEST_LOST)
    order = await endless.place()
    decided = await endless.desk.decide(endless.trader, order.intent.intent_id, outcome="absent", reason="support said so")
    await endless.clock.advance(60)

    assert decided.state is IntentState.MANUAL
    assert decided.reason == "absent: support said so"
    assert await endless.journaled(order) is IntentState.MANUAL
    assert not endless.trader.live


async def test_there_is_nothing_to_decide_of_an_order_that_works_or_is_on_its_way(rig: OrderRig) -> None:
    works = await rig.place(price="90")
    rig.venue.may_answer.clear()
    rig.venue.is_mute = True
    placing = asyncio.create_task(rig.place(price="91"))
    await rig.clock.settle()
    (sending,) = (order for order in rig.trader.live.values() if order is not works)
    for order in (works, sending):
        with pytest.raises(Conflict, match=order.intent.intent_id):
            await rig.desk.decide(rig.trader, order.intent.intent_id, reason="impatient")
    rig.venue.may_answer.set()
    await placing

    assert sending.intent.state is IntentState.ACKED


# ---------------------------------------------------------------- boot


async def test_a_bot_is_ready_once_its_own_orders_are_known(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    await rig.place()
    await rig.crash()
    ready = asyncio.create_task(rig.desk.ready(rig.trader))
    await rig.clock.advance(HORIZON_S - 1)
    early = ready.done()
    await rig.clock.advance(PROOF_GAP_S + 2)

    assert not early
    assert ready.done()
    assert not rig.trader.live


async def test_a_bot_does_not_wait_for_what_may_never_be_known(endless: OrderRig) -> None:
    endless.venue.faults.append(Fault.REQUEST_LOST)
    await endless.place()
    await endless.crash()
    async with asyncio.timeout(5):
        await endless.desk.ready(endless.trader)

    assert endless.trader.unresolved() == 1


async def test_a_recovery_that_breaks_off_goes_on_with_the_next(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.venue.away = AWAY
    cancelling = asyncio.create_task(rig.desk.cancel(rig.trader, [order], reason="enough"))
    await rig.clock.settle()
    with pytest.raises(VenueUnavailable):
        await rig.crash(follow=False)
    rig.venue.away = None
    await rig.listen()
    await rig.resolver.refresh_all(rig.desk)
    await asyncio.wait([cancelling])

    assert [live.intent.state for live in rig.trader.live.values()] == [IntentState.ACKED]


async def test_an_instrument_that_is_gone_keeps_no_other_order_from_being_recovered(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = await rig.place(price="90")
    other = await rig.place(price="91")
    await rig.tasks.cancel()
    rig.venue.expire(rig.venue.working[1])
    look_up = rig.venue.fetch_order

    async def refuses(instrument: str, client_order_id: str) -> OrderReport | None:
        if client_order_id == gone.intent.request.client_order_id:
            raise VenueRefused("there is no such instrument")
        return await look_up(instrument, client_order_id)

    monkeypatch.setattr(rig.venue, "fetch_order", refuses)
    await rig.crash()

    assert [live.intent.intent_id for live in rig.trader.live.values()] == [gone.intent.intent_id]
    assert await rig.journaled(other) is IntentState.EXPIRED
