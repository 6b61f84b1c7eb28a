"""Orders against a venue that loses requests, answers and messages: journaled first, sent once, booked once."""

import asyncio
from decimal import Decimal

import pytest

from styrman.domain.market import Side
from styrman.domain.orders import IntentState
from styrman.domain.records import HaltLatch
from styrman.errors import StoreFailed, VenueUnavailable
from unit.trading.lossy_venue import Fault
from unit.trading.order_rig import OrderRig

AWAY = VenueUnavailable("the venue is away")


# ---------------------------------------------------------------- sending


async def test_an_order_is_journaled_as_sending_before_the_venue_hears_of_it(rig: OrderRig) -> None:
    rig.venue.may_arrive.clear()
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    states = [intent.state for intent in (await rig.store.boot()).open_intents]
    rig.venue.may_arrive.set()
    order = await placing

    assert states == [IntentState.SENDING]
    assert rig.venue.placed[order.intent.request.client_order_id] == 1


async def test_an_order_that_cannot_be_journaled_is_not_sent(rig: OrderRig) -> None:
    rig.store.failing = "the disk is full"
    with pytest.raises(StoreFailed):
        await rig.place()

    assert not rig.venue.requests
    assert not rig.trader.live


async def test_an_order_whose_sending_cannot_be_journaled_is_not_sent_and_settled_once_the_store_works(rig: OrderRig) -> None:
    rig.venue.may_turn.clear()
    placing = asyncio.create_task(rig.place())
    await rig.clock.settle()
    (order,) = rig.trader.live.values()
    waited_as = await rig.journaled(order)
    rig.store.failing = "the disk is full"
    rig.venue.may_turn.set()
    await asyncio.wait([placing])
    live = list(rig.trader.live)
    rig.store.failing = ""
    await rig.clock.advance(2)

    assert waited_as is IntentState.PREPARED
    assert isinstance(placing.exception(), StoreFailed)
    assert not rig.venue.requests
    assert not live
    assert await rig.journaled(order) is IntentState.NOT_PLACED


async def test_a_gate_that_closes_before_the_send_denies_the_order(rig: OrderRig) -> None:
    rig.gates.close(HaltLatch(scope="system", closed=True, at=rig.clock.now(), actor="test"))
    order = await rig.place()

    assert order.intent.state is IntentState.DENIED
    assert await rig.journaled(order) is IntentState.DENIED
    assert not rig.venue.requests


async def test_a_gate_that_closes_while_the_send_is_journaled_stops_it(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    write = rig.journal.write

    async def halt_meanwhile(*rows: object, urgent: bool = False) -> None:
        if any(getattr(row, "state", None) is IntentState.SENDING for row in rows):
            rig.gates.close(HaltLatch(scope="bot:b1", closed=True, at=rig.clock.now(), actor="test"))
        await write(*rows, urgent=urgent)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(rig.journal, "write", halt_meanwhile)
    order = await rig.place()

    assert order.intent.state is IntentState.NOT_PLACED
    assert await rig.journaled(order) is IntentState.NOT_PLACED
    assert not rig.venue.requests


async def test_an_order_that_waited_for_its_turn_is_stamped_when_it_is_sent(rig: OrderRig) -> None:
    intent = rig.intent()
    await rig.clock.advance(60)
    (order,) = await rig.desk.place(rig.trader, [intent])

    assert order.intent.state is IntentState.FILLED
    assert order.intent.stamp == rig.clock.now()


async def test_a_refused_order_is_rejected_with_the_venues_reason(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REJECTED)
    order = await rig.place()

    assert order.intent.state is IntentState.REJECTED
    assert order.intent.reason.startswith("bad: ")
    assert not rig.trader.live


async def test_an_order_that_came_too_late_is_known_not_to_be_placed(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.SKEWED)
    order = await rig.place()

    assert order.intent.state is IntentState.NOT_PLACED


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.SKEWED])
async def test_a_no_after_the_stream_told_of_the_order_does_not_unmake_it(rig: OrderRig, fault: Fault) -> None:
    rig.venue.faults.append(fault)
    rig.venue.may_arrive.clear()
    placing = asyncio.create_task(rig.place(price="90"))
    await rig.venue.asked.wait()
    (live,) = rig.trader.live.values()
    told = rig.venue._place(live.intent.request)
    await rig.clock.settle()
    rig.venue.may_arrive.set()
    order = await placing
    rig.venue.trade(told)
    await rig.clock.settle()

    assert order.intent.state is IntentState.FILLED
    assert rig.position == 1


# ---------------------------------------------------------------- answers that are lost


async def test_a_lost_answer_is_found_and_never_sent_again(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.is_mute = True
    order = await rig.place(price="90")
    await rig.clock.settle()

    assert "OrderUnknown" in [event.name for event in rig.told]
    assert order.intent.state is IntentState.ACKED
    assert sum(rig.venue.requests.values()) == 1


async def test_what_an_adapter_raises_by_mistake_leaves_the_outcome_unknown(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.DIES)
    rig.venue.is_mute = True
    order = await rig.place()
    await rig.clock.settle()

    assert order.intent.state is IntentState.FILLED
    assert rig.position == 1


async def test_a_lost_request_is_unknown_until_it_is_proven_absent(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    order = await rig.place()
    await rig.clock.advance(6.9)
    before = order.intent.state
    await rig.clock.advance(1.0)
    once = order.intent.state
    await rig.clock.advance(2.0)

    assert before is IntentState.UNKNOWN
    assert once is IntentState.UNKNOWN, "one negative answer proves nothing"
    assert order.intent.state is IntentState.NOT_PLACED
    assert sum(rig.venue.requests.values()) == 1


async def test_an_unknown_order_counts_at_full_size(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    await rig.place(quantity="3")

    assert rig.trader.pending("BTC/USDT") == 3
    assert rig.trader.unresolved() == 1


async def test_an_unknown_order_is_looked_for_even_where_that_cannot_be_journaled(rig: OrderRig) -> None:
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.is_mute = True
    rig.venue.may_answer.clear()
    placing = asyncio.create_task(rig.place(price="90"))
    await rig.venue.asked.wait()
    await rig.clock.settle()
    rig.store.failing = "the disk is full"
    rig.venue.away = AWAY
    rig.venue.may_answer.set()
    order = await placing
    rig.store.failing = ""
    rig.venue.away = None
    await rig.until(lambda: order.intent.state is IntentState.ACKED)

    assert await rig.journaled(order) is IntentState.ACKED


# ---------------------------------------------------------------- fills


async def test_fills_before_the_answer_are_booked_once(rig: OrderRig) -> None:
    rig.venue.may_answer.clear()
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    await rig.clock.settle()
    early = rig.position
    rig.venue.may_answer.set()
    order = await placing

    assert early == 1
    assert rig.position == 1
    assert order.intent.state is IntentState.FILLED


async def test_a_fill_that_is_told_twice_is_booked_once(rig: OrderRig) -> None:
    rig.venue.is_repetitive = True
    await rig.place()
    await rig.clock.settle()

    assert rig.position == 1
    assert await rig.booked() == await rig.fills_booked() == 1


async def test_an_order_is_not_final_before_its_fills_are_booked(rig: OrderRig) -> None:
    rig.venue.is_mute = True
    rig.venue.may_answer.clear()
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    await rig.clock.settle()
    rig.venue.away = AWAY  # the answer comes; the question for its fills gets none
    rig.venue.may_answer.set()
    order = await placing
    claimed = order.report
    pending = rig.position + rig.trader.pending("BTC/USDT")
    rig.venue.away = None
    await rig.until(lambda: order.intent.state is IntentState.FILLED)

    assert claimed is not None
    assert claimed.filled == 1
    assert pending == 1, "neither bought twice nor forgotten"
    assert rig.position == 1


async def test_a_stale_report_does_not_reopen_an_order_that_ended(rig: OrderRig) -> None:
    order = await rig.place(quantity="2", price="90")
    working = rig.venue.working[0]
    rig.venue.is_mute = True
    rig.venue.trade(working, "1")
    partial = rig.venue.read(working.venue_order_id)
    rig.venue.expire(working)
    rig.venue.away = AWAY  # the fill stays untold for now
    await rig.desk.take_report(rig.venue.read(working.venue_order_id))
    await rig.desk.take_report(partial)
    rig.venue.away = None
    await rig.until(lambda: order.intent.state.is_final)

    assert order.intent.state is IntentState.EXPIRED
    assert rig.position == 1


async def test_a_fill_whose_journal_failed_is_written_with_the_next(rig: OrderRig) -> None:
    await rig.place(quantity="3", price="90")
    (working,) = rig.venue.working
    rig.store.failing = "the disk is full"
    rig.venue.trade(working, "1")
    await rig.clock.settle()
    rig.venue.trade(working, "1")
    rig.store.failing = ""
    await rig.clock.advance(2)

    assert rig.position == 2
    assert await rig.booked() == await rig.fills_booked() == 2

    await rig.crash()
    await rig.clock.settle()

    assert rig.position == 2


async def test_reports_of_orders_that_are_not_ours_are_left_alone(rig: OrderRig) -> None:
    rig.venue.trade(rig.venue._place(rig.intent(price="90").request))
    await rig.clock.settle()

    assert rig.position == 0
    assert not rig.trader.live


async def test_a_filled_key_is_spent_in_the_commit_that_fills_it(rig: OrderRig) -> None:
    await rig.place(key="k1")
    await rig.clock.settle()

    assert (await rig.store.boot()).memories["b1"].spent == ("k1",)


# ---------------------------------------------------------------- cancelling


async def test_a_cancel_takes_the_order_off(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    await rig.desk.cancel(rig.trader, [order], reason="enough")

    assert order.intent.state is IntentState.CANCELED
    assert not rig.venue.working


async def test_cancel_after_fill_returns_the_final_order(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.venue.is_mute = True
    rig.venue.trade(rig.venue.working[0])
    await rig.desk.cancel(rig.trader, [order], reason="enough")
    await rig.clock.settle()

    assert order.intent.state is IntentState.FILLED
    assert rig.position == 1


async def test_a_fill_that_overtakes_the_cancel_leaves_nothing_to_cancel(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    cancelling = asyncio.create_task(rig.desk.cancel(rig.trader, [order], reason="enough"))
    await rig.desk.take_fill(rig.venue.trade(rig.venue.working[0]))
    await cancelling

    assert order.intent.state is IntentState.FILLED
    assert not rig.venue.cancels


async def test_a_venue_that_is_away_does_not_hold_up_who_cancels(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.venue.away = AWAY
    async with asyncio.timeout(5):
        await rig.desk.cancel(rig.trader, [order], reason="enough")
    meanwhile = order.intent.state
    rig.venue.away = None
    await rig.until(lambda: order.intent.state.is_final)

    assert meanwhile is IntentState.CANCEL_SENT
    assert order.intent.state is IntentState.CANCELED


async def test_a_cancel_that_is_answered_with_a_working_order_is_asked_again_in_its_own_time(rig: OrderRig) -> None:
    rig.venue.deaf_cancels = 2
    order = await rig.place(price="90")
    async with asyncio.timeout(5):
        await rig.desk.cancel(rig.trader, [order], reason="enough")
    at_once = rig.venue.cancels.total()
    await rig.until(lambda: order.intent.state.is_final)

    assert at_once == 1
    assert rig.venue.cancels.total() == 3


async def test_a_cancel_that_could_not_be_journaled_is_tried_again(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.store.failing = "the disk is full"
    async with asyncio.timeout(5):
        await rig.desk.cancel(rig.trader, [order], reason="enough")
    rig.store.failing = ""
    await rig.until(lambda: order.intent.state.is_final)

    assert await rig.journaled(order) is IntentState.CANCELED


# ---------------------------------------------------------------- callers that are cancelled


async def test_cancelling_the_caller_while_the_order_is_journaled_leaves_nothing_half_done(rig: OrderRig) -> None:
    placing = asyncio.create_task(rig.place(price="90"))
    await asyncio.sleep(0)
    placing.cancel()
    await asyncio.wait([placing])
    await rig.until(lambda: all(live.intent.state is not IntentState.PREPARED for live in rig.trader.live.values()), within_s=5)

    assert rig.venue.requests.total() == 1
    assert [live.intent.state for live in rig.trader.live.values()] == [IntentState.ACKED]


async def test_cancelling_the_caller_stops_the_waiting_and_never_the_send(rig: OrderRig) -> None:
    rig.venue.may_answer.clear()
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    placing.cancel()
    await asyncio.wait([placing])
    rig.venue.may_answer.set()
    await rig.clock.settle()

    assert rig.position == 1
    assert await rig.fills_booked() == 1


# ---------------------------------------------------------------- crashes


async def test_a_crash_before_the_send_leaves_a_prepared_order_not_placed(rig: OrderRig) -> None:
    order = rig.intent()
    await rig.desk.save(rig.trader, order)
    await rig.crash()

    assert (await rig.store.boot()).open_intents == []
    assert not rig.venue.requests
    assert not rig.trader.live


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.REQUEST_LOST])
async def test_a_crash_during_the_send_is_resolved_at_the_next_boot(rig: OrderRig, fault: Fault) -> None:
    rig.venue.faults.append(fault)
    if fault is Fault.NONE:
        rig.venue.may_answer.clear()
    else:
        rig.venue.may_arrive.clear()
    rig.venue.is_mute = True
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    await rig.clock.settle()
    await rig.crash()
    placing.cancel()
    rig.venue.may_answer.set()
    rig.venue.may_arrive.set()
    await rig.until(lambda: not rig.trader.live)

    assert rig.position == rig.venue.position("BTC/USDT") == (1 if fault is Fault.NONE else 0)
    assert rig.venue.requests.total() == 1
    assert (await rig.store.boot()).open_intents == []


async def test_fills_during_the_down_time_are_booked_once_at_boot(rig: OrderRig) -> None:
    await rig.place(quantity="3", price="90")
    (working,) = rig.venue.working
    rig.venue.trade(working, "1")
    await rig.clock.settle()
    await rig.tasks.cancel()
    rig.venue.trade(working, "1")
    await rig.crash()
    await rig.clock.settle()

    assert rig.position == 2
    assert await rig.booked() == await rig.fills_booked() == 2
    assert [live.intent.state for live in rig.trader.live.values()] == [IntentState.PARTIALLY_FILLED]


async def test_a_cancel_that_was_never_confirmed_works_again_after_a_crash(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    rig.venue.away = AWAY
    cancelling = asyncio.create_task(rig.desk.cancel(rig.trader, [order], reason="enough"))
    await rig.clock.settle()
    rig.venue.away = None
    await rig.crash()
    await asyncio.wait([cancelling])

    assert [live.intent.state for live in rig.trader.live.values()] == [IntentState.ACKED]
    assert len(rig.venue.working) == 1


async def test_a_stream_that_broke_misses_nothing(rig: OrderRig) -> None:
    order = await rig.place(quantity="2", price="90")
    rig.venue.break_streams()
    await rig.clock.settle()
    rig.venue.trade(rig.venue.working[0])
    await rig.listen()
    await rig.resolver.refresh_all(rig.desk)

    assert order.intent.state is IntentState.FILLED
    assert rig.position == Decimal(2)


async def test_a_sell_reduces_what_was_bought(rig: OrderRig) -> None:
    await rig.place(quantity="2")
    await rig.place(Side.SELL, quantity="2")
    await rig.clock.settle()

    assert rig.position == 0
    assert rig.trader.book.realized_pnl < 0, "both fees were paid"
