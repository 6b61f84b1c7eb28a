"""What comes at the worst moment: an answer, a cancellation or a person's word between two steps of the same order."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytest

from styrman.domain.orders import Fill, IntentState
from styrman.errors import StoreFailed, VenueUnavailable
from styrman.trading import resolution
from unit.trading.order_rig import OrderRig


async def test_a_fill_whose_booking_was_cut_off_is_booked_when_it_is_told_again(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that breaks right after a boot cancels its listener wherever it is."""
    await rig.place(quantity="2", price="90")
    await rig.crash()
    asked = asyncio.Event()

    async def hung(account: str, trade_ids: Iterable[str]) -> set[str]:
        del account, trade_ids
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(rig.store, "known_fills", hung)
        rig.venue.trade(rig.venue.working[0], "1")
        await asked.wait()
        await rig.tasks.cancel(prefix="account:")
    await rig.desk.take_fill(rig.venue.fills[0])

    assert rig.position == await rig.booked() == 1


async def test_a_late_fill_that_is_told_again_while_it_is_journaled_is_booked_once(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await rig.place(quantity="2", price="90")
    rig.venue.is_mute = True
    (working,) = rig.venue.working
    await rig.desk.cancel(rig.trader, [order], reason="enough")
    late = rig.venue.trade(working, "1")
    commit = rig.store.commit

    async def failing(*rows: object, urgent: bool = False) -> None:
        del rows, urgent
        raise StoreFailed("the disk is full")

    monkeypatch.setattr(rig.store, "commit", failing)
    first = asyncio.create_task(rig.desk.take_fill(late))
    await rig.clock.settle()
    first.cancel()  # its stream broke
    await asyncio.wait([first])
    again = asyncio.create_task(rig.desk.take_fill(late))
    await rig.clock.settle()
    monkeypatch.setattr(rig.store, "commit", commit)
    await rig.until(again.done)
    await rig.until(lambda: not rig.trader.unjournaled)

    assert rig.position == await rig.booked() == await rig.fills_booked() == 1


@pytest.mark.parametrize("how", ["decided", "abandoned"])
async def test_an_order_that_a_person_gave_up_while_it_was_journaled_is_not_sent(
    rig: OrderRig, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    commit, may_commit = rig.store.commit, asyncio.Event()

    async def slow(*rows: object, urgent: bool = False) -> None:
        await may_commit.wait()
        await commit(*rows, urgent=urgent)  # type: ignore[arg-type] # what it was called with

    monkeypatch.setattr(rig.store, "commit", slow)
    placing = asyncio.create_task(rig.place(price="90"))
    await rig.clock.settle()
    (order,) = rig.trader.orders()
    if how == "decided":
        giving_up: asyncio.Task[object] = asyncio.create_task(rig.desk.decide(rig.trader, order.intent.intent_id, reason="enough"))
    else:
        giving_up = asyncio.create_task(rig.desk.abandon(rig.trader))
    await rig.clock.settle()
    may_commit.set()
    await asyncio.gather(placing, giving_up)

    assert order.intent.state is IntentState.MANUAL
    assert not rig.venue.requests
    assert await rig.journaled(order) is IntentState.MANUAL


async def test_a_waiting_order_that_is_abandoned_is_never_sent(rig: OrderRig) -> None:
    rig.venue.may_turn.clear()
    placing = asyncio.create_task(rig.place(price="90"))
    await rig.clock.settle()
    (order,) = rig.trader.orders()
    await rig.desk.abandon(rig.trader)
    rig.venue.may_turn.set()
    await placing
    await rig.clock.settle()

    assert order.intent.state.is_final
    assert not rig.venue.requests
    assert not rig.trader.live


async def test_an_order_whose_turn_fails_does_not_wait_for_ever(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise VenueUnavailable("the venue asks us to stay away")

    rig.venue.may_turn.clear()
    monkeypatch.setattr(rig.venue, "turn", broken)
    order = await rig.place(price="90")

    assert order.intent.state is IntentState.NOT_PLACED
    assert await rig.journaled(order) is IntentState.NOT_PLACED
    assert not rig.trader.live


async def test_nothing_is_kept_of_an_order_that_went_on_under_another_id(rig: OrderRig) -> None:
    order = await rig.place(price="90")
    (working,) = rig.venue.working
    order.intent = replace(order.intent, venue_order_id="v2")
    rig.desk.blotter.identify(rig.trader, order)
    rig.desk.blotter.drop(rig.trader, order)

    assert rig.desk.blotter.find(None, working.venue_order_id) is None
    assert rig.desk.blotter.find(None, "v2") is None


async def test_a_fill_whose_commits_fail_until_the_next_fill_ends_its_order_is_booked_once(rig: OrderRig) -> None:
    await rig.place(quantity="2", price="90")
    (working,) = rig.venue.working
    rig.store.failing = "disk full"
    rig.venue.trade(working, "1")
    await rig.clock.settle()
    await rig.desk.take_fill(rig.venue.fills[0])
    rig.store.failing = ""
    rig.venue.trade(working, "1")
    await rig.clock.settle()
    for fill in (*rig.venue.fills, *rig.venue.fills):
        await rig.desk.take_fill(fill)
    await rig.clock.advance(5)

    assert rig.position == await rig.booked() == await rig.fills_booked() == 2
    assert rig.trader.orders() == []


async def test_fills_are_asked_for_again_where_the_venue_never_answers(rig: OrderRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "LOOK_S", 0.01)
    order = await rig.place(price="90")
    answers = rig.venue.fetch_fills

    async def hung(instrument: str, since: datetime) -> list[Fill]:
        del instrument, since
        monkeypatch.setattr(rig.venue, "fetch_fills", answers)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(rig.venue, "fetch_fills", hung)
    rig.venue.is_mute = True
    rig.venue.trade(rig.venue.working[0])
    await rig.desk.take_report(rig.venue.orders[0])
    async with asyncio.timeout(5):
        while rig.venue.fetch_fills is not answers or order.awaits_fills:
            await rig.until(lambda: True)
            await rig.clock.advance(0.5)

    assert rig.position == await rig.booked() == 1
