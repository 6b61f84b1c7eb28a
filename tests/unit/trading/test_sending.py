"""The send path: one commit where nothing waits, a turn where something does, a definite no told from a lost answer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from styrman.domain.market import Side
from styrman.domain.orders import Intent, IntentState
from styrman.domain.records import HaltLatch
from styrman.errors import AuthenticationFailed, ClockSkewed, StoreFailed, VenueRefused
from styrman.ports import ClientIdClass, Mode, Priority
from styrman.trading import sending
from styrman.trading.queueing import PATIENCE_S
from styrman.trading.trader import LiveOrder, Trader
from unit.trading.lossy_venue import Fault
from unit.trading.order_rig import OrderRig

STATES = [IntentState.PREPARED, IntentState.SENDING]


def halt(rig: OrderRig) -> None:
    rig.gates.close(HaltLatch(scope="system", closed=True, at=rig.clock.now(), actor="test"))


async def waiting(rig: OrderRig, intent: Intent | None = None) -> tuple["asyncio.Task[list[LiveOrder]]", LiveOrder]:
    """Place an order that has to wait for the venue's budget."""
    rig.venue.may_turn.clear()
    intent = intent or rig.intent(price="90")
    placing = asyncio.create_task(rig.desk.place(rig.trader, [intent]))
    await rig.clock.settle()
    return placing, rig.trader.live[intent.request.client_order_id]


# ---------------------------------------------------------------- one commit


async def test_an_order_that_nothing_holds_up_is_one_commit_and_has_both_moves(rig: OrderRig) -> None:
    rig.venue.may_arrive.clear()
    before = rig.store.health().commits
    placing = asyncio.create_task(rig.place())
    await rig.venue.asked.wait()
    commits = rig.store.health().commits - before
    rig.venue.may_arrive.set()
    order = await placing

    assert commits == 1
    assert [move.state for move in order.intent.history][:2] == STATES
    assert rig.venue.turns == 1


async def test_orders_of_one_cycle_are_one_commit(rig: OrderRig) -> None:
    rig.venue.may_arrive.clear()
    before = rig.store.health().commits
    placing = asyncio.create_task(rig.desk.place(rig.trader, [rig.intent(price="90"), rig.intent(price="91")]))
    await rig.clock.settle()
    commits = rig.store.health().commits - before
    rig.venue.may_arrive.set()
    orders = await placing

    assert commits == 1
    assert rig.venue.turns == 2
    assert [order.intent.state for order in orders] == [IntentState.ACKED] * 2


async def test_a_commit_that_fails_leaves_a_record_that_nothing_was_sent(rig: OrderRig) -> None:
    """Where the connection broke it may have been written all the same: the journal must not go on believing that it is on its way."""
    intent = rig.intent()
    rig.store.failing = "the disk is full"
    with pytest.raises(StoreFailed):
        await rig.desk.place(rig.trader, [intent])
    rig.store.failing = ""
    await rig.clock.advance(2)

    journaled = await rig.store.intent("sim", intent.request.client_order_id)
    assert journaled is not None
    assert journaled.state is IntentState.NOT_PLACED
    assert not rig.venue.requests


# ---------------------------------------------------------------- waiting for a turn


async def test_an_order_that_waits_is_journaled_first_and_signed_when_its_turn_comes(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    waited_as = await rig.journaled(order)
    await rig.clock.advance(6)
    rig.venue.may_turn.set()
    await placing

    assert waited_as is IntentState.PREPARED
    assert order.intent.state is IntentState.ACKED
    assert order.intent.stamp == rig.clock.now()


async def test_an_order_whose_turn_does_not_come_is_no_decision_any_more(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    await rig.clock.advance(PATIENCE_S + 1)
    await placing
    rig.venue.may_turn.set()
    await rig.clock.settle()

    assert order.intent.state is IntentState.NOT_PLACED
    assert not rig.venue.requests


async def test_a_waiting_order_that_is_cancelled_is_never_sent(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    await rig.desk.cancel(rig.trader, [order], reason="stop")
    await placing
    rig.venue.may_turn.set()
    await rig.clock.settle()

    assert order.intent.state is IntentState.NOT_PLACED
    assert order.intent.reason == "stop"
    assert not rig.venue.requests


async def test_a_waiting_order_that_nobody_waits_for_is_never_sent(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    placing.cancel()
    await asyncio.wait([placing])
    rig.venue.may_turn.set()
    await rig.clock.settle()

    assert order.intent.state is IntentState.NOT_PLACED
    assert not rig.venue.requests


async def test_a_halt_stops_what_waits_for_its_turn(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    halt(rig)
    rig.venue.may_turn.set()
    await placing

    assert order.intent.state is IntentState.DENIED
    assert not rig.venue.requests


async def test_a_crash_while_an_order_waits_leaves_it_not_placed(rig: OrderRig) -> None:
    placing, order = await waiting(rig)
    await rig.crash()
    await asyncio.wait([placing])

    assert await rig.journaled(order) is IntentState.NOT_PLACED
    assert not rig.venue.requests


@pytest.mark.parametrize("has_room", [True, False])
async def test_a_closing_order_waits_until_protections_make_room(rig: OrderRig, *, has_room: bool) -> None:
    await rig.place(quantity="2")
    await rig.desk.place(rig.trader, [rig.pair("2")[1]])
    asked: list[IntentState] = []

    async def make_room(trader: Trader, intent: Intent) -> bool:
        asked.append(trader.live[intent.request.client_order_id].intent.state)
        return has_room

    rig.desk.make_room = make_room
    order = await rig.place(Side.SELL)

    assert asked == [IntentState.PREPARED]
    assert order.intent.state is (IntentState.FILLED if has_room else IntentState.NOT_PLACED)


# ---------------------------------------------------------------- a definite no


@pytest.mark.parametrize(
    ("fault", "state", "failure"),
    [
        (Fault.REJECTED, IntentState.REJECTED, None),
        (Fault.KEY_REFUSED, IntentState.REJECTED, AuthenticationFailed),
        (Fault.REFUSED, IntentState.REJECTED, VenueRefused),
        (Fault.SKEWED, IntentState.NOT_PLACED, None),
    ],
)
async def test_a_no_is_a_no_and_may_end_the_run(rig: OrderRig, fault: Fault, state: IntentState, failure: type | None) -> None:
    rig.venue.faults.append(fault)
    order = await rig.place()

    assert order.intent.state is state
    assert order.intent.reason
    assert (type(order.failure) if order.failure else None) is failure
    assert not rig.trader.live


async def test_only_the_second_skewed_clock_in_a_row_ends_the_run(rig: OrderRig) -> None:
    failures = []
    for fault in (Fault.SKEWED, Fault.NONE, Fault.SKEWED, Fault.SKEWED):
        rig.venue.faults.append(fault)
        failures.append(type((await rig.place()).failure))

    assert failures == [type(None), type(None), type(None), ClockSkewed]


@pytest.mark.parametrize("fault", [Fault.NONSENSE, Fault.DIES, Fault.ANSWER_LOST])
async def test_an_answer_that_says_nothing_of_the_order_leaves_it_unknown_until_found(rig: OrderRig, fault: Fault) -> None:
    rig.venue.is_mute = True
    rig.venue.faults.append(fault)
    order = await rig.place(price="90")
    moved = [move.state for move in order.intent.history]
    await rig.until(lambda: order.intent.state is IntentState.ACKED)

    assert IntentState.UNKNOWN in moved
    assert rig.venue.requests.total() == 1


async def test_a_request_that_hangs_is_looked_for(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ANSWER_S", 0.01)
    rig.venue.faults.append(Fault.HANGS)
    order = await rig.place()
    unknown = order.intent.state
    await rig.clock.advance(10)

    assert unknown is IntentState.UNKNOWN
    assert order.intent.state is IntentState.NOT_PLACED


# ---------------------------------------------------------------- pairs


async def test_a_pair_is_one_commit_one_request_and_one_group(rig: OrderRig) -> None:
    await rig.place()
    rig.venue.may_arrive.clear()
    before = rig.store.health().commits
    placing = asyncio.create_task(rig.desk.place_pair(rig.trader, *rig.pair()))
    await rig.clock.settle()
    commits = rig.store.health().commits - before
    rig.venue.may_arrive.set()
    stop, target = await placing

    assert commits == 1
    assert [stop.intent.state, target.intent.state] == [IntentState.ACKED] * 2
    assert stop.intent.group_id == target.intent.group_id is not None
    assert len(rig.venue.working) == 2


async def test_a_leg_that_fills_takes_the_other_off(rig: OrderRig) -> None:
    await rig.place()
    stop, target = await rig.desk.place_pair(rig.trader, *rig.pair())
    rig.venue.trade(next(order for order in rig.venue.working if order.price is not None))
    await rig.clock.settle()

    assert [stop.intent.state, target.intent.state] == [IntentState.CANCELED, IntentState.FILLED]
    assert rig.position == 0


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.KEY_REFUSED, Fault.SKEWED])
async def test_a_no_to_a_pair_is_one_to_both(rig: OrderRig, fault: Fault) -> None:
    rig.venue.faults.append(fault)
    orders = await rig.desk.place_pair(rig.trader, *rig.pair())

    assert {order.intent.state for order in orders} <= {IntentState.REJECTED, IntentState.NOT_PLACED}
    assert not rig.trader.live


@pytest.mark.parametrize(("fault", "state"), [(Fault.ANSWER_LOST, IntentState.ACKED), (Fault.REQUEST_LOST, IntentState.NOT_PLACED)])
async def test_each_leg_of_a_lost_pair_is_looked_for_by_its_own_id(rig: OrderRig, fault: Fault, state: IntentState) -> None:
    rig.venue.is_mute = True
    rig.venue.faults.append(fault)
    orders = await rig.desk.place_pair(rig.trader, *rig.pair())
    await rig.until(lambda: not any(order.intent.state.is_unresolved for order in orders))

    assert {order.intent.state for order in orders} == {state}
    assert set(rig.venue.requests.values()) == {1}


# ---------------------------------------------------------------- the clock, and what a venue can


@pytest.mark.parametrize(("mode", "offset"), [(Mode.SIMULATED, 501), (Mode.LIVE, -501), (Mode.LIVE, None)])
async def test_a_clock_that_is_off_lets_nothing_add_exposure_and_lets_exits_pass(rig: OrderRig, mode: Mode, offset: int | None) -> None:
    await rig.place(quantity="3")
    rig.venue.mode = mode
    rig.venue.offset = None if offset is None else timedelta(milliseconds=offset)
    adding = await rig.place()
    reducing = await rig.place(Side.SELL, "2")
    past = await rig.place(Side.SELL, "2")
    (leaving,) = await rig.desk.place(rig.trader, [replace(rig.intent(Side.SELL), origin="flatten")])

    assert adding.intent.state is past.intent.state is IntentState.DENIED
    assert "clock" in adding.intent.reason
    assert reducing.intent.state is leaving.intent.state is IntentState.FILLED


async def test_real_money_is_not_sent_where_no_order_could_be_found_again(rig: OrderRig) -> None:
    rig.venue.capabilities = replace(rig.venue.capabilities, client_id_class=ClientIdClass.C)
    rig.venue.mode = Mode.LIVE
    order = await rig.place()

    assert order.intent.state is IntentState.DENIED
    assert not rig.venue.requests


# ---------------------------------------------------------------- class B


@pytest.fixture
def class_b(rig: OrderRig) -> OrderRig:
    rig.venue.capabilities = replace(rig.venue.capabilities, client_id_class=ClientIdClass.B)
    return rig


async def test_a_class_b_order_is_found_without_a_look_up(class_b: OrderRig) -> None:
    class_b.venue.is_mute = True
    class_b.venue.faults.append(Fault.ANSWER_LOST)
    order = await class_b.place(price="90")
    await class_b.until(lambda: order.intent.state is IntentState.ACKED)

    assert class_b.venue.requests.total() == 1


async def test_a_second_class_b_order_waits_for_the_firsts_answer(class_b: OrderRig) -> None:
    class_b.venue.may_answer.clear()
    placing = [asyncio.create_task(class_b.place(price=price)) for price in ("90", "91")]
    await class_b.clock.settle()
    meanwhile = [order.intent.state for order in class_b.trader.live.values()]
    class_b.venue.is_mute = False
    class_b.venue.may_answer.set()
    await asyncio.wait(placing)

    assert IntentState.PREPARED in meanwhile
    assert [order.intent.state for order in class_b.trader.live.values()] == [IntentState.ACKED] * 2


async def test_a_second_class_b_order_is_denied_while_the_firsts_outcome_is_unknown(class_b: OrderRig) -> None:
    class_b.venue.faults.append(Fault.REQUEST_LOST)
    first = await class_b.place()
    second = await class_b.place(Side.SELL)
    await class_b.clock.advance(12)
    third = await class_b.place()

    assert second.intent.state is IntentState.DENIED
    assert first.intent.intent_id in second.intent.reason
    assert first.intent.state is IntentState.NOT_PLACED
    assert third.intent.state is IntentState.FILLED


async def test_what_closes_or_protects_a_position_goes_before_what_opens_one(rig: OrderRig) -> None:
    await rig.place()
    asked = len(rig.venue.priorities)
    await rig.place()
    await rig.place(Side.SELL)

    assert rig.venue.priorities[asked - 1 :] == [Priority.ORDER, Priority.ORDER, Priority.EXIT]
