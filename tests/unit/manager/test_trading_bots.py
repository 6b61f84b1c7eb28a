"""Bots that trade, end to end in one process: targets, stops, flattens, protections, halts, and crashes in between."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from styrman import Plan, Protection, WorkingOrder
from styrman.domain.bots import Observed, TradingState
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, OrderRequest, OrderType
from styrman.errors import BotHasExposure, BotNotFound, VenueUnavailable, WaitTimedOut
from styrman.ports import PageRequest
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH, Fault

HALF = Plan({BTC: 0.5})
AWAY = VenueUnavailable("the venue is away")


def resting(key: str = "k1", instrument: str = BTC, price: str = "90", side: Side = Side.BUY) -> WorkingOrder:
    return WorkingOrder(key=key, instrument=instrument, side=side, quantity=Decimal(1), price=Decimal(price))


async def invested(rig: ManagerRig) -> Decimal:
    """Have b1 hold half its capital in BTC; return how much that is."""
    await rig.run(plan=HALF)
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.advance(2)
    return rig.position()


# ---------------------------------------------------------------- targets


async def test_a_target_is_bought_once_however_often_the_cycle_runs(rig: ManagerRig) -> None:
    held = await invested(rig)
    await rig.clock.advance(20)

    assert held == rig.venue.position(BTC) == Decimal("49.950")
    assert rig.venue.requests.total() == 1


async def test_a_crash_after_a_target_was_latched_leaves_nothing_to_guess(rig: ManagerRig) -> None:
    held = await invested(rig)
    rig.venue.quote(BTC, "130")
    await rig.crash()
    await rig.until_observed("b1", Observed.RUNNING)
    await rig.clock.advance(5)

    assert rig.position() == held
    assert rig.venue.requests.total() == 1


async def test_a_lost_request_is_replaced_by_one_new_order_once_it_is_proven_absent(rig: ManagerRig) -> None:
    rig.venue.faults.append(Fault.REQUEST_LOST)
    await rig.run(plan=HALF)
    await rig.clock.advance(5)
    meanwhile = rig.venue.requests.total()
    await rig.until(lambda: rig.position() > 0)

    assert meanwhile == 1, "nothing is added while an order is UNKNOWN"
    assert rig.venue.requests.total() == 2
    assert rig.position() == rig.venue.position(BTC)


async def test_an_order_that_the_clock_voids_is_not_repeated_at_once(rig: ManagerRig) -> None:
    rig.venue.faults.extend([Fault.SKEWED] * 50)
    await rig.run(plan=HALF)
    await rig.clock.advance(5)

    assert rig.venue.requests.total() == 1


async def test_orders_of_a_plan_are_placed_replaced_and_taken_off(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: len(rig.venue.working) == 1)
    rig.plans["b1"] = Plan(orders=(resting(price="91"),))
    await rig.until(lambda: [order.price for order in rig.venue.working] == [Decimal(91)])
    rig.plans["b1"] = Plan()
    await rig.until(lambda: not rig.venue.working)

    assert rig.venue.requests.total() == 2


async def test_a_filled_key_is_spent_across_a_crash_until_the_plan_drops_it(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.trade(rig.venue.working[0])
    await rig.clock.advance(3)
    await rig.crash()
    await rig.clock.advance(3)
    spent = rig.venue.requests.total()
    rig.plans["b1"] = Plan()
    await rig.clock.advance(3)
    rig.plans["b1"] = Plan(orders=(resting(),))
    await rig.until(lambda: bool(rig.venue.working))

    assert spent == 1
    assert rig.position() == 1


async def test_the_later_of_two_orders_that_would_trade_with_each_other_is_denied(rig: ManagerRig) -> None:
    await rig.run("b1", Plan(orders=(resting(price="95"),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.run("b2", Plan({BTC: 0.1}))
    await rig.until(lambda: rig.position("b2") > 0)
    rig.venue.quote(BTC, "94")
    rig.plans["b2"] = Plan({BTC: 0.0})
    await rig.clock.advance(3)
    denied = [event for event in await rig.events("b2") if event.name == "OrderDenied"]

    assert rig.position("b2") > 0
    assert [event.fields["rule"] for event in denied] == ["self_trade"], "told once, not every cycle"


async def test_max_open_limits_how_many_instruments_are_held(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({BTC: 0.3, ETH: 0.3}), instruments=[BTC, ETH], max_open=1)
    await rig.clock.advance(5)

    assert rig.position() > 0
    assert rig.position(instrument=ETH) == 0


async def test_a_bot_reads_feeds_that_it_does_not_trade(rig: ManagerRig) -> None:
    await rig.run(feeds=[{"timeframe": "1m", "instruments": [ETH]}])
    await rig.clock.advance(2)
    ctx = rig.seen["b1"][-1]

    assert ctx.instruments == (BTC,)
    assert len(ctx.candles[ETH, "1m"]) == 20


async def test_a_selector_trades_what_the_venue_selects(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({ETH: 0.5}), instruments={"quote": "USDT", "top": 2, "exclude": [BTC]})
    await rig.until(lambda: rig.position(instrument=ETH) > 0)

    assert (await rig.manager.get_status("b1")).instruments == (ETH,)


async def test_a_candle_close_is_one_cycle_for_all_instruments(rig: ManagerRig) -> None:
    await rig.run(instruments=[BTC, ETH], cycle={"on": "candle"})
    await rig.clock.advance(2)
    before = len(rig.seen["b1"])
    rig.venue.close_candle(BTC, 101)
    await rig.clock.settle()
    early = len(rig.seen["b1"]) - before
    rig.venue.close_candle(ETH, 101)
    await rig.clock.advance(3)

    assert early == 0
    assert len(rig.seen["b1"]) - before == 1


async def test_a_candle_close_does_not_wait_for_ever_for_a_straggler(rig: ManagerRig) -> None:
    await rig.run(instruments=[BTC, ETH], cycle={"on": "candle"})
    await rig.clock.advance(2)
    before = len(rig.seen["b1"])
    rig.venue.close_candle(BTC, 101)
    await rig.clock.advance(3)

    assert len(rig.seen["b1"]) - before == 1


async def test_state_is_there_after_a_crash(rig: ManagerRig) -> None:
    def count(ctx: object) -> Plan:
        state = ctx.state  # type: ignore[attr-defined] # the Context
        state["n"] = state.get("n", 0) + 1
        return Plan()

    await rig.run(plan=count)
    await rig.clock.advance(5)
    before = rig.trader().memory.state["n"]
    await rig.crash()
    await rig.clock.advance(3)

    assert isinstance(before, int)
    assert int(str(rig.trader().memory.state["n"])) > before


async def test_an_order_on_an_instrument_that_left_the_spec_does_no_harm(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(instrument=ETH),)), instruments=[BTC, ETH])
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.deaf_cancels = 1000
    rig.plans["b1"] = HALF
    await rig.manager.update_bot("b1", {"instruments": [BTC]})
    await rig.until_observed("b1", Observed.RUNNING)
    rig.venue.trade(rig.venue.working[0])
    await rig.clock.advance(3)

    assert (await rig.manager.get_status("b1")).restarts == 0
    assert rig.position(instrument=ETH) == 1


async def test_a_key_cancelled_in_part_is_placed_again_for_the_rest_alone(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(WorkingOrder(key="low", instrument=BTC, side=Side.BUY, quantity=Decimal(5), price=Decimal(90)),)))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.trade(rig.venue.working[0], "2")
    await rig.until(lambda: rig.position() == 2)
    await rig.manager.stop_bot("b1")
    await rig.until(lambda: not rig.venue.working)
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.manager.start_bot("b1")
    await rig.until(lambda: bool(rig.venue.working))

    assert [order.quantity for order in rig.venue.working] == [3]
    rig.venue.trade(rig.venue.working[0])
    await rig.clock.advance(5)
    assert rig.position() == 5
    assert rig.venue.working == []


# ---------------------------------------------------------------- trading states


async def test_a_paused_bot_reduces_and_adds_nothing(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.pause_bot("b1")
    rig.plans["b1"] = Plan({BTC: 0.9})
    await rig.clock.advance(3)
    added = rig.venue.requests.total()
    rig.plans["b1"] = Plan({BTC: 0.1})
    await rig.clock.advance(3)

    assert added == 1
    assert 0 < rig.position() < 20
    assert (await rig.manager.get_status("b1")).trading_state is TradingState.REDUCING


@pytest.mark.parametrize("scope", [{}, {"account": "sim"}, {"bot_id": "b1"}])
async def test_a_halt_stops_sends_at_once_and_survives_a_crash(rig: ManagerRig, scope: dict[str, str]) -> None:
    await rig.run()
    halting = asyncio.create_task(rig.manager.halt(**scope))  # type: ignore[arg-type] # the scope's own keywords
    await asyncio.sleep(0)
    state = (await rig.manager.get_status("b1")).trading_state
    view = await halting
    rig.plans["b1"] = HALF
    await rig.clock.advance(3)
    await rig.crash()
    await rig.clock.advance(3)

    assert state is TradingState.HALTED, "before the commit"
    assert view.halted
    assert view.changed
    assert not rig.venue.requests
    assert (await rig.manager.get_status("b1")).trading_state is TradingState.HALTED

    await rig.manager.unhalt(**scope)
    await rig.until(lambda: rig.position() > 0)


async def test_a_halt_takes_orders_off_and_is_lifted_by_unhalt_alone(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.halt(bot_id="b1", actor="anna", reason="smoke")
    await rig.until(lambda: not rig.venue.working)
    again = await rig.manager.halt(bot_id="b1")
    await rig.manager.resume_bot("b1")
    await rig.manager.restart_bot("b1")
    await rig.clock.advance(3)

    assert not again.changed
    assert again.actor == "anna"
    assert rig.venue.requests.total() == 1


async def test_a_halt_that_flattens_leaves_neither_position_nor_order_anywhere(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({BTC: 0.5}, orders=(resting(instrument=ETH),)), instruments=[BTC, ETH])
    await rig.until(lambda: rig.position() > 0 and bool(rig.venue.working))
    await rig.manager.halt(flatten=True)
    await rig.until(lambda: rig.position() == 0 and not rig.venue.working)

    assert rig.venue.position(BTC) == 0


async def test_a_bot_that_waits_for_the_venue_does_not_keep_a_halt_from_the_others(rig: ManagerRig) -> None:
    await rig.run("b1", HALF)
    await rig.until(lambda: rig.position("b1") > 0)
    await rig.run("b2", Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.may_answer.clear()
    rig.plans["b1"] = Plan({BTC: 0.9})
    await rig.clock.advance(2)
    await rig.manager.halt(flatten=True)
    await rig.clock.advance(1)
    working = len(rig.venue.working)
    rig.venue.may_answer.set()
    await rig.until(lambda: rig.position("b1") == 0)

    assert working == 0


# ---------------------------------------------------------------- stopping and flattening


async def test_stop_takes_orders_off_and_holds_the_position(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({BTC: 0.2}, orders=(resting(),)))
    await rig.until(lambda: rig.position() > 0 and bool(rig.venue.working))
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)

    assert not rig.venue.working
    assert rig.position() > 0


async def test_stop_keeps_orders_where_it_is_told_to(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.stop_bot("b1", orders="keep")
    await rig.until_observed("b1", Observed.STOPPED)

    assert len(rig.venue.working) == 1

    await rig.manager.start_bot("b1")
    await rig.until_observed("b1", Observed.RUNNING)
    await rig.clock.advance(3)

    assert rig.venue.requests.total() == 1, "the next run goes on with the same order"


async def test_stop_with_flatten_ends_flat(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.stop_bot("b1", positions="flatten")
    await rig.until_observed("b1", Observed.STOPPED)

    assert rig.position() == rig.venue.position(BTC) == 0


async def test_stop_does_not_wait_for_a_venue_for_longer_than_it_was_told(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.away = AWAY
    await rig.manager.stop_bot("b1", timeout_s=3)
    await rig.until_observed("b1", Observed.STOPPED, within_s=8)
    left = len(rig.venue.working)
    rig.venue.away = None
    await rig.until(lambda: not rig.venue.working)

    assert left == 1


async def test_flatten_ends_flat_and_stays_flat_until_the_target_changes(rig: ManagerRig) -> None:
    await invested(rig)
    operation = (await rig.manager.flatten_bot("b1", reason="enough")).operation_id
    await rig.until(lambda: rig.position() == 0)
    await rig.clock.advance(5)
    flat = rig.position()
    done = await rig.manager.get_operation(str(operation))
    rig.plans["b1"] = Plan({BTC: 0.4})
    await rig.until(lambda: rig.position() > 0)

    assert flat == 0
    assert (done.state, done.done, done.reason) == ("succeeded", 1, "enough")


async def test_flatten_goes_on_after_a_crash(rig: ManagerRig) -> None:
    await invested(rig)
    rig.venue.faults.append(Fault.REQUEST_LOST)
    await rig.manager.flatten_bot("b1")
    await rig.clock.settle()
    await rig.crash()
    await rig.until(lambda: rig.position() == 0)

    assert rig.venue.position(BTC) == 0


async def test_orders_that_a_crash_left_of_a_flatten_come_off(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.stop_bot("b1", orders="keep")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.venue.away = AWAY
    await rig.manager.flatten_bot("b1")
    await rig.clock.settle()
    rig.venue.away = None
    await rig.crash()
    await rig.until(lambda: not rig.venue.working)

    assert rig.observed() is Observed.STOPPED


async def test_exits_pass_a_halt(rig: ManagerRig) -> None:
    await _guarded(rig)
    await rig.manager.halt()
    rig.venue.quote(BTC, "80")
    await rig.until(lambda: rig.position() == 0)
    await rig.manager.unhalt()
    rig.plans["b1"] = Plan({BTC: 0.4})
    await rig.until(lambda: rig.position() > 0)
    await rig.manager.halt(bot_id="b1")
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position() == 0)


async def test_a_position_is_closed_while_another_order_is_unknown(rig: ManagerRig) -> None:
    held = await invested(rig)
    rig.venue.faults.append(Fault.REQUEST_LOST)
    rig.plans["b1"] = Plan({BTC: 0.9})
    await rig.until(lambda: rig.trader().unresolved() == 1)
    await rig.manager.flatten_bot("b1")
    await rig.clock.advance(2)

    assert held > 0
    assert rig.trader().unresolved() == 1
    assert rig.position() == 0, "what reduces passes"


async def test_resume_lifts_the_flat_latch(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position() == 0)
    await rig.manager.resume_bot("b1")
    await rig.until(lambda: rig.position() > 0)


async def test_resume_lifts_the_flat_latch_of_many(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position() == 0)
    operation = await rig.manager.operate("resume", everything=True)
    await rig.until(lambda: rig.position() > 0)
    done = await rig.manager.get_operation(operation.id)

    assert (done.done, done.failed) == (1, 0)


async def test_resume_lifts_the_latch_whether_or_not_somebody_waits(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position() == 0)
    rig.manager._engine.reconciler.freeze()
    with pytest.raises(WaitTimedOut):
        await rig.manager.resume_bot("b1", wait_s=0.01)

    assert not rig.trader().is_flat(BTC)


async def test_a_caller_who_leaves_does_not_leave_a_flatten_undone(rig: ManagerRig) -> None:
    await invested(rig)
    flattening = asyncio.create_task(rig.manager.flatten_bot("b1"))
    await asyncio.sleep(0)
    flattening.cancel()
    await asyncio.wait([flattening])
    await rig.until(lambda: rig.position() == 0)


# ---------------------------------------------------------------- protections


async def _guarded(rig: ManagerRig, **protection: object) -> None:
    guard = Protection(**(protection or {"stop": 0.1}))  # type: ignore[arg-type] # the test's own words
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: guard}))
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.advance(2)


async def test_a_stop_loss_exits_while_the_bot_is_stopped(rig: ManagerRig) -> None:
    await _guarded(rig)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.venue.quote(BTC, "91")
    await rig.clock.advance(2)
    above = rig.position()
    rig.venue.quote(BTC, "90")
    await rig.until(lambda: rig.position() == 0)

    assert above > 0
    assert rig.venue.position(BTC) == 0


async def test_a_take_profit_exits_once_and_stays_flat(rig: ManagerRig) -> None:
    await _guarded(rig, take_profit=0.1)
    rig.venue.quote(BTC, "110")
    await rig.until(lambda: rig.position() == 0)
    await rig.clock.advance(10)

    assert rig.position() == 0
    assert rig.venue.requests.total() == 3, "entry, resting target, exit"


async def test_a_trailing_stop_follows_the_best_price(rig: ManagerRig) -> None:
    await _guarded(rig, trailing=0.1)
    rig.venue.quote(BTC, "200")
    await rig.clock.advance(1)
    rig.venue.quote(BTC, "181")
    await rig.clock.advance(1)
    held = rig.position()
    rig.venue.quote(BTC, "180")
    await rig.until(lambda: rig.position() == 0)

    assert held > 0


async def test_a_time_limit_exits(rig: ManagerRig) -> None:
    await _guarded(rig, time_limit=timedelta(seconds=60))
    await rig.clock.advance(62)
    rig.venue.quote(BTC, "100")
    await rig.until(lambda: rig.position() == 0)


async def test_a_touched_stop_exits_though_the_journal_fails_meanwhile(rig: ManagerRig) -> None:
    await _guarded(rig)
    rig.store.failing = "the disk is full"
    rig.venue.quote(BTC, "80")
    await rig.clock.settle()
    rig.store.failing = ""
    await rig.until(lambda: rig.position() == 0)


async def test_a_watched_stop_exits_though_the_process_dies_at_the_touch(rig: ManagerRig) -> None:
    rig.venue.capabilities = replace(rig.venue.capabilities, stop_orders=False)
    await _guarded(rig)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.venue.away = AWAY
    rig.venue.faults.extend([Fault.REQUEST_LOST] * 3)
    rig.venue.quote(BTC, "80")
    await rig.clock.settle()
    await rig.manager._engine.heart.flush()
    rig.venue.quote(BTC, "100")
    rig.venue.away = None
    await rig.crash()
    await rig.until(lambda: rig.position() == 0)


async def test_a_bot_without_protections_is_left_alone_by_the_caretaker(rig: ManagerRig) -> None:
    await invested(rig)
    rig.venue.quote(BTC, "1")
    await rig.clock.advance(3)

    assert rig.position() > 0
    assert (await rig.manager.get_status("b1")).caretaker is None


# ---------------------------------------------------------------- deleting


async def test_a_bot_with_a_position_is_not_deleted_unless_told_how(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    with pytest.raises(BotHasExposure):
        await rig.manager.delete_bot("b1")
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="flatten"))
    await rig.until(deleting.done)
    await deleting

    assert rig.venue.position(BTC) == 0
    with pytest.raises(BotNotFound):
        await rig.manager.get_status("b1")


async def test_delete_with_flatten_takes_orders_off_where_nothing_is_held(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.stop_bot("b1", orders="keep")
    await rig.until_observed("b1", Observed.STOPPED)
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="flatten"))
    await rig.until(deleting.done)
    await deleting

    assert not rig.venue.working


async def test_an_abandoned_order_belongs_to_nobody_not_even_to_the_next_bot_of_that_name(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(orders=(resting(),)))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.stop_bot("b1", orders="keep")
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.manager.delete_bot("b1", exposure="abandon")
    await rig.create()
    await rig.crash()
    rig.venue.trade(rig.venue.working[0])
    await rig.clock.advance(2)
    (intent,) = (await rig.store.intents(PageRequest())).items

    assert rig.position() == 0
    assert intent.state is IntentState.MANUAL


async def test_bots_deleted_at_the_same_time_leave_all_they_held_to_the_account(rig: ManagerRig) -> None:
    for bot_id in ("b1", "b2"):
        await rig.run(bot_id, HALF)
        await rig.until(lambda bot_id=bot_id: rig.position(bot_id) > 0)  # type: ignore[misc] # bound as it is now
        await rig.manager.stop_bot(bot_id)
        await rig.until_observed(bot_id, Observed.STOPPED)
    await asyncio.gather(*(rig.manager.delete_bot(bot_id, exposure="abandon") for bot_id in ("b1", "b2")))
    await rig.clock.advance(200)
    (account,) = await rig.manager.accounts()

    assert account.drift == {}
    assert account.external["BTC"] == rig.venue.position(BTC)


async def test_a_caller_who_leaves_does_not_leave_half_a_deletion(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="abandon"))
    await asyncio.sleep(0)
    deleting.cancel()
    await asyncio.wait([deleting])
    await rig.clock.settle()
    await rig.create()

    assert rig.position() == 0


async def test_a_drift_is_told_closes_new_exposure_and_is_accepted_by_a_person(rig: ManagerRig) -> None:
    await rig.run()
    stranger = OrderRequest(client_order_id="x", instrument=BTC, side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(1))
    rig.venue._place(stranger)
    await rig.clock.advance(130)
    (drifted,) = await rig.manager.accounts()
    rig.plans["b1"] = HALF
    await rig.clock.advance(3)
    closed = rig.position()
    await rig.manager.accept_drift("sim", actor="anna", reason="my own order")
    (accepted,) = await rig.manager.accounts()
    await rig.until(lambda: rig.position() > 0, within_s=90)

    assert drifted.drift["BTC"] == 1
    assert closed == 0
    assert accepted.drift == {}
