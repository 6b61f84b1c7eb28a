"""Fills booked once whatever the venue leaves out, and cancels that are believed once the order was read."""

import asyncio
from dataclasses import replace

import pytest

from styrman.domain.orders import IntentState, OrderReport, VenueOrderStatus
from styrman.errors import OrderRejected, Unavailable
from styrman.ports import ClientIdClass
from unit.trading.lossy_venue import Fault
from unit.trading.order_rig import OrderRig


async def test_a_fill_without_our_id_is_matched_by_the_venues(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.venue.is_nameless = True
    rig.venue.trade(rig.venue.working[0])
    await rig.clock.settle()

    assert order.intent.state is IntentState.FILLED
    assert rig.position == await rig.booked() == 1


async def test_a_nameless_fill_that_comes_before_its_orders_answer_is_booked_once(rig: OrderRig) -> None:
    rig.venue.is_nameless = True
    rig.venue.may_answer.clear()
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    await rig.clock.settle()
    rig.venue.may_answer.set()
    order = await placing
    await rig.until(lambda: order.intent.state.is_final)

    assert rig.position == await rig.fills_booked() == 1


async def test_nameless_fills_during_the_down_time_are_booked_once(rig: OrderRig) -> None:
    await rig.place(quantity="2", price="90")
    rig.venue.is_nameless = True
    (working,) = rig.venue.working
    rig.venue.trade(working, "1")
    await rig.clock.settle()
    await rig.tasks.cancel()
    rig.venue.trade(working)
    await rig.crash()
    for fill in rig.venue.fills:
        await rig.desk.take_fill(fill)
    await rig.clock.settle()

    assert rig.position == await rig.booked() == await rig.fills_booked() == 2


async def test_a_fill_that_comes_when_its_order_has_ended_is_the_bots_all_the_same(rig: OrderRig) -> None:
    order = await rig.place(quantity="2", price="90")
    (working,) = rig.venue.working
    rig.venue.is_mute = True
    await rig.desk.cancel(rig.trader, [order], reason="enough")
    rig.venue.is_mute = False
    late = rig.venue.trade(working, "1")
    await asyncio.gather(rig.desk.take_fill(late), rig.desk.take_fill(late))
    await rig.clock.settle()
    before_crash = rig.position
    await rig.crash()
    await rig.desk.take_fill(late)

    assert order.intent.state is IntentState.CANCELED
    assert before_crash == rig.position == await rig.booked() == await rig.fills_booked() == 1


async def test_a_fill_waits_for_a_journal_that_can_say_whether_it_is_booked(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.place(price="90")
    await rig.crash()

    async def away(*_: object) -> set[str]:
        raise Unavailable("the journal could not be read")

    with monkeypatch.context() as patch:
        patch.setattr(rig.store, "known_fills", away)
        rig.venue.trade(rig.venue.working[0])
        await rig.clock.advance(3)
        meanwhile = rig.position
    await rig.clock.advance(3)

    assert meanwhile == 0
    assert rig.position == await rig.fills_booked() == 1


async def test_a_second_order_with_an_intents_id_is_not_taken_for_it(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    second = rig.venue._place(order.intent.request)
    await rig.clock.settle()

    assert order.intent.venue_order_id != second.venue_order_id
    assert await rig.desk.external_orders() == [second]
    await rig.desk.cancel(rig.trader, [order], reason="enough")

    assert rig.venue.working == [second]


# ---------------------------------------------------------------- cancels


async def test_an_ok_is_no_proof_that_an_order_is_off(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await rig.place(price="90")
    (working,) = rig.venue.working

    async def says_ok(*_: object) -> OrderReport:
        return replace(working, status=VenueOrderStatus.CANCELED)

    with monkeypatch.context() as patch:
        patch.setattr(rig.venue, "cancel_order", says_ok)
        await rig.desk.cancel(rig.trader, [order], reason="stop")
        believed = order.intent.state
    await rig.until(lambda: order.intent.state.is_final)

    assert believed is IntentState.CANCEL_SENT
    assert order.intent.state is IntentState.CANCELED
    assert not rig.venue.working


@pytest.mark.parametrize("known_by", list(ClientIdClass)[:2])
async def test_an_order_that_the_venue_knows_no_more_ends_after_two_looks(rig: OrderRig, known_by: ClientIdClass) -> None:
    rig.venue.capabilities = replace(rig.venue.capabilities, client_id_class=known_by)
    order = await rig.place(price="90")
    rig.venue.orders.clear()
    await rig.desk.cancel(rig.trader, [order], reason="stop")
    at_once = order.intent.state
    await rig.until(lambda: order.intent.state.is_final)

    assert at_once is IntentState.CANCEL_SENT
    assert order.intent.state is IntentState.CANCELED
    assert order.intent.venue_order_id is not None
    assert rig.venue.cancels[order.intent.venue_order_id] > 1


async def test_an_order_of_which_the_venue_shows_but_a_trade_is_off_with_what_it_traded(rig: OrderRig) -> None:
    order = await rig.place(quantity="2", price="90")
    rig.venue.is_mute = True
    rig.venue.trade(rig.venue.working[0], "1")
    rig.venue.orders.clear()
    await rig.desk.cancel(rig.trader, [order], reason="stop")
    await rig.until(lambda: order.intent.state.is_final)

    assert order.intent.state is IntentState.CANCELED
    assert rig.position == await rig.fills_booked() == 1


async def test_an_adapter_that_breaks_does_not_end_the_cancelling(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await rig.place(price="90")

    async def breaks(*_: object) -> OrderReport:
        raise KeyError("status")

    with monkeypatch.context() as patch:
        patch.setattr(rig.venue, "cancel_order", breaks)
        await rig.desk.cancel(rig.trader, [order], reason="stop")
        await rig.clock.advance(5)
    await rig.until(lambda: order.intent.state.is_final)

    assert order.intent.state is IntentState.CANCELED


async def test_an_unknown_order_is_left_until_found_and_cancelled_then(rig: OrderRig) -> None:
    rig.venue.is_mute = True
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.away = OrderRejected("busy", "not now")
    order = await rig.place(price="90")
    await rig.desk.cancel(rig.trader, [order], reason="stop")
    untouched = rig.venue.cancels.total()
    rig.venue.away = None
    await rig.until(lambda: order.intent.state is IntentState.ACKED)
    await rig.desk.cancel(rig.trader, [order], reason="stop")

    assert untouched == 0
    assert order.intent.state is IntentState.CANCELED
