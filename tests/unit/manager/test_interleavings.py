"""Commands that overtake each other, callers who leave, and stops that an exchange leaves hanging."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from styrman import Plan, Protection
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, WorkingOrder
from styrman.domain.records import HaltLatch
from styrman.errors import BotHasExposure, VenueUnavailable
from styrman.ports import PageRequest
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH, Fault

HALF = Plan({BTC: 0.5})
AWAY = VenueUnavailable("the venue is away")
TIMEOUT_S = 3.0


def resting(key: str, price: str = "90") -> Plan:
    return Plan(orders=(WorkingOrder(key=key, instrument=BTC, side=Side.BUY, quantity="1", price=price),))  # type: ignore[arg-type] # plain words are taken


async def invested(rig: ManagerRig) -> None:
    await rig.run(plan=HALF)
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.advance(2)


async def stopped(rig: ManagerRig) -> None:
    await rig.manager.stop_bot("b1", timeout_s=TIMEOUT_S)
    await rig.until_observed("b1", Observed.STOPPED, within_s=20)


# ---------------------------------------------------------------- halts


async def test_a_halt_that_comes_while_an_unhalt_is_journaled_stands(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.manager.halt(reason="first")
    commit, may_commit = rig.store.commit, asyncio.Event()

    async def slow(*rows: object, urgent: bool = False) -> None:
        if any(isinstance(row, HaltLatch) and not row.closed for row in rows):
            await may_commit.wait()
        await commit(*rows, urgent=urgent)  # type: ignore[arg-type] # what it was called with

    monkeypatch.setattr(rig.store, "commit", slow)
    opening = asyncio.create_task(rig.manager.unhalt())
    await rig.clock.settle()
    halting = asyncio.create_task(rig.manager.halt(reason="second"))
    await rig.clock.settle()
    may_commit.set()
    await asyncio.gather(opening, halting)

    assert rig.manager._engine.gates.halted_by("sim", "b1") == ("system",)


# ---------------------------------------------------------------- exits


async def test_a_caller_who_leaves_a_deletion_does_not_end_the_exit(rig: ManagerRig) -> None:
    await invested(rig)
    await stopped(rig)
    rig.venue.faults.append(Fault.REJECTED)
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="flatten"))
    await rig.clock.settle()
    deleting.cancel()
    await asyncio.wait([deleting])
    await rig.until(lambda: rig.position() == 0)

    assert rig.venue.position(BTC) == 0


async def test_an_exit_ends_with_the_deletion_of_its_bot(rig: ManagerRig) -> None:
    await invested(rig)
    await stopped(rig)
    rig.venue.faults.extend([Fault.REJECTED] * 3)
    await rig.manager.flatten_bot("b1")
    await rig.clock.settle()
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="abandon"))
    await rig.until(deleting.done)
    await deleting
    sent = rig.venue.requests.total()
    await rig.clock.advance(30)

    assert rig.venue.requests.total() == sent
    assert rig.venue.position(BTC) > 0


async def test_an_instrument_that_is_delisted_does_not_keep_the_others_from_being_closed(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({BTC: 0.3, ETH: 0.3}), instruments=[BTC, ETH])
    await rig.until(lambda: rig.position() > 0 and rig.position(instrument=ETH) > 0)
    await stopped(rig)
    rules = rig.venue.rules.pop(BTC)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position(instrument=ETH) == 0)
    rig.venue.rules[BTC] = rules
    await rig.until(lambda: rig.position() == 0)

    assert rig.venue.position(BTC) == rig.venue.position(ETH) == 0


async def test_what_protects_an_instrument_that_is_not_listed_for_a_while_goes_on_resting(rig: ManagerRig) -> None:
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: Protection(stop=0.1)}))
    await rig.until(lambda: bool(rig.venue.working))
    await stopped(rig)
    rules = rig.venue.rules.pop(BTC)
    rig.manager._engine.caretaker._touches.look(rig.trader(), BTC)
    await rig.clock.advance(5)
    rig.venue.rules[BTC] = rules

    assert len(rig.venue.working) == 1


# ---------------------------------------------------------------- stops


async def test_a_stop_with_flatten_closes_what_is_bought_after_its_time_is_over(rig: ManagerRig) -> None:
    rig.venue.may_answer.clear()
    rig.venue.is_mute = True
    await rig.run(plan=HALF)
    await rig.until(lambda: rig.venue.position(BTC) > 0)
    rig.venue.faults.append(Fault.ANSWER_LOST)
    await rig.manager.stop_bot("b1", positions="flatten", timeout_s=TIMEOUT_S)
    await rig.until_observed("b1", Observed.STOPPED, within_s=20)
    held = rig.venue.position(BTC)
    rig.venue.may_answer.set()
    await rig.until(lambda: rig.venue.position(BTC) == 0)
    await rig.clock.advance(2)

    assert held > 0
    assert rig.position() == 0


async def test_a_stop_that_is_asked_to_flatten_after_all_does(rig: ManagerRig) -> None:
    """While the cancels of the first stop still go on."""
    await invested(rig)
    rig.plans["b1"] = replace(HALF, orders=resting("k").orders)
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.away = AWAY
    await stopped(rig)
    await rig.manager.stop_bot("b1", positions="flatten", timeout_s=TIMEOUT_S)
    await rig.until_observed("b1", Observed.STOPPED, within_s=20)
    rig.venue.away = None
    await rig.until(lambda: rig.venue.position(BTC) == 0 and not rig.venue.working, within_s=120)


async def test_a_stop_whose_cancels_go_on_takes_no_order_of_the_next_run_off(rig: ManagerRig) -> None:
    await rig.run(plan=resting("k1"))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.away = AWAY
    await stopped(rig)
    rig.venue.deaf_cancels = 3
    rig.venue.away = None
    rig.plans["b1"] = resting("k2", "91")
    await rig.manager.start_bot("b1")
    await rig.until(lambda: [str(order.price) for order in rig.venue.working] == ["91"], within_s=120)
    cancels = rig.venue.cancels.copy()
    await rig.clock.advance(30)

    assert rig.venue.cancels == cancels
    assert [str(order.price) for order in rig.venue.working] == ["91"]


async def test_a_reset_does_not_repeat_what_an_earlier_stop_asked_for(rig: ManagerRig) -> None:
    await rig.run(plan=Plan(), restart={"policy": "never"})
    await rig.manager.stop_bot("b1", positions="flatten")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.plans["b1"] = HALF
    await rig.manager.start_bot("b1")
    await rig.until(lambda: rig.position() > 0)
    rig.plans["b1"] = lambda _: Plan({"NO/SUCH": 0.5})
    await rig.until_observed("b1", Observed.FAILED)
    await rig.manager.reset_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.clock.advance(10)

    assert rig.position() > 0


async def test_a_change_of_a_stopped_bot_does_not_repeat_its_stop(rig: ManagerRig) -> None:
    await invested(rig)
    await rig.manager.stop_bot("b1", positions="flatten")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.venue.trade(rig.venue.outsider(BTC))
    await rig.clock.advance(1)
    await rig.manager.accept_drift("sim")
    await rig.manager.resume_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(1))
    await rig.manager.update_bot("b1", {"labels": {"by": "hand"}})
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.clock.advance(10)

    assert rig.position() == 1


async def test_an_order_of_a_bot_that_is_deleted_before_its_account_is_recovered_is_not_forgotten(rig: ManagerRig) -> None:
    await rig.run(plan=resting("k"))
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.stop_bot("b1", orders="keep")
    await rig.until_observed("b1", Observed.STOPPED)
    rig.venue.away = AWAY
    await rig.crash()
    with pytest.raises(BotHasExposure):
        await rig.manager.delete_bot("b1")
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="abandon"))
    await rig.until(deleting.done)
    await deleting
    (intent,) = (await rig.store.intents(PageRequest())).items

    assert intent.state is IntentState.MANUAL


async def test_a_bot_that_holds_no_more_than_dust_is_flat_for_a_stop_and_a_deletion(rig: ManagerRig) -> None:
    """What fees in base leave can't be sold; the account keeps it."""
    await rig.run(plan=Plan())
    rig.venue.trade(rig.venue.outsider(BTC, quantity="0.01"))
    await rig.clock.advance(1)
    await rig.manager.accept_drift("sim")
    await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal("0.01"))
    await rig.manager.stop_bot("b1", positions="flatten", timeout_s=60)
    await rig.until_observed("b1", Observed.STOPPED, within_s=5)
    await rig.manager.delete_bot("b1", exposure="flatten")
    (account,) = await rig.manager.accounts()

    assert account.external["BTC"] == rig.venue.position(BTC)
