"""Stop means stopped: within its time-out, whatever the exchange does; what is left is named, and its cancels go on for ever."""

import asyncio
from pathlib import Path

import pytest

from styrman import Plan
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, OrderReport, WorkingOrder
from styrman.errors import VenueUnavailable
from styrman.trading import cancels
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, Fault

AWAY = VenueUnavailable("the venue is away")
TIMEOUT_S = 4.0
REST = Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", price="90"),))  # type: ignore[arg-type] # plain words are taken


async def hung(*_: object) -> OrderReport:
    await asyncio.Event().wait()
    raise AssertionError


async def stop(rig: ManagerRig) -> str:
    """Stop the bot; return the intent of the order that it leaves."""
    (order,) = rig.trader().live.values()
    await rig.manager.stop_bot("b1", timeout_s=TIMEOUT_S)
    await rig.until_observed("b1", Observed.STOPPED, within_s=TIMEOUT_S + 2)
    return order.intent.intent_id


async def test_a_stop_at_a_hung_exchange_ends_in_time_and_names_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancels, "ANSWER_S", 0.01)
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        with monkeypatch.context() as patch:
            patch.setattr(rig.venue, "cancel_order", hung)
            left = await stop(rig)
            view = await rig.manager.get_status("b1")
            told = [event for event in await rig.events("b1") if event.name == "BotStopped"]
            still_there = bool(rig.venue.working)
        await rig.until(lambda: not rig.venue.working, within_s=120)
        await rig.until(lambda: not rig.trader().live)

        assert still_there
        assert view.uncancelled_orders == (left,)
        assert told[-1].fields["uncancelled_orders"] == [left]
        assert left in told[-1].reason


async def test_a_stop_while_a_send_hangs_ends_in_time_and_takes_the_order_off_once_found(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        rig.venue.may_answer.clear()
        rig.venue.is_mute = True
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        rig.venue.faults.append(Fault.ANSWER_LOST)
        left = await stop(rig)
        sending = rig.trader().live[left].intent.state
        rig.venue.may_answer.set()
        await rig.until(lambda: not rig.venue.working)

        assert sending is IntentState.SENDING


async def test_cancels_of_a_stop_go_on_after_a_restart(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        rig.venue.away = AWAY
        await stop(rig)
        rig.venue.away = None
        await rig.crash()
        await rig.until(lambda: not rig.venue.working, within_s=60)
        await rig.until(lambda: not rig.trader().live)

        assert rig.observed() is Observed.STOPPED


async def test_an_order_claimed_for_a_stopped_bot_is_left_alone(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        await stop(rig)
        await rig.until(lambda: not rig.venue.working)
        await rig.clock.advance(1)
        desk, report = rig.manager._engine.desks["sim"], rig.venue.outsider(BTC)
        await desk.claim(rig.trader(), report)
        await rig.clock.advance(60)

        assert [order.venue_order_id for order in rig.venue.working] == [report.venue_order_id]


async def test_what_a_halt_left_is_taken_off_after_a_restart(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        rig.venue.away = AWAY
        await rig.manager.halt(reason="drill")
        rig.venue.away = None
        await rig.crash()
        await rig.until(lambda: not rig.venue.working, within_s=60)

        assert rig.venue.placed.total() == 1
