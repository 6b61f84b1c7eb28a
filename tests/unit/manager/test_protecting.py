"""What guards a position, as a reader sees it: each barrier with its level, and whether the venue or we see to it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan, WorkingOrder
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import OrderType, Protection
from styrman.manager.views import ProtectionView
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC

LIMIT = timedelta(hours=2)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ManagerRig]:
    async with ManagerRig(tmp_path) as made:
        yield made


async def guarded(rig: ManagerRig, protection: Protection) -> None:
    """Have a bot that holds ten BTC, bought at 100, with this protection, seen to as far as it goes."""
    order = WorkingOrder(key="a", instrument=BTC, side=Side.BUY, quantity=Decimal(10), type=OrderType.MARKET)
    await rig.run("b1", Plan(orders=(order,), protections={BTC: protection}))
    await rig.until(lambda: rig.position() == 10)
    await rig.clock.advance(5)


async def shown(rig: ManagerRig) -> dict[str, ProtectionView]:
    return {each.kind: each for each in (await rig.manager.get_status("b1")).protections}


def told(view: ProtectionView) -> tuple[str, str, str | None]:
    return str(view.price), str(view.quantity), view.guard


async def test_a_stop_that_rests_is_the_venues_and_what_it_takes_no_order_for_is_watched(rig: ManagerRig) -> None:
    await guarded(rig, Protection(stop=0.05, take_profit=0.1, time_limit=LIMIT))
    found = await shown(rig)
    opened_at = rig.trader().book.holding(BTC).opened_at
    assert opened_at is not None

    assert list(found) == ["stop_loss", "take_profit", "time_limit"]
    assert told(found["stop_loss"]) == ("95.00", "10", "venue")
    assert [found["take_profit"].price, found["take_profit"].quantity] == [110, 10]
    assert (found["time_limit"].price, found["time_limit"].at, found["time_limit"].guard) == (None, opened_at + LIMIT, "watched")
    assert {each.instrument for each in found.values()} == {BTC}


async def test_of_stop_and_trailing_stop_the_nearer_rests_and_the_trailing_one_follows_the_price(rig: ManagerRig) -> None:
    await guarded(rig, Protection(stop=0.1, trailing=0.05))
    before = await shown(rig)
    rig.venue.quote(BTC, "120")
    await rig.clock.advance(10)
    after = await shown(rig)

    assert (told(before["trailing"])[0], before["trailing"].guard, before["stop_loss"].guard) == ("95.00", "venue", "watched")
    assert [after["trailing"].price, after["stop_loss"].price] == [114, 90]
    assert [after["trailing"].guard, after["stop_loss"].guard] == ["venue", "watched"]


async def test_a_stopped_bots_position_is_guarded_on_and_a_flat_one_needs_nothing(rig: ManagerRig) -> None:
    await guarded(rig, Protection(stop=0.05))
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    stopped = await shown(rig)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: not rig.trader().has_exposure)

    assert [(each.kind, each.guard) for each in stopped.values()] == [("stop_loss", "venue")]
    assert await shown(rig) == {}


async def test_where_the_venue_holds_no_order_we_watch(rig: ManagerRig) -> None:
    await guarded(rig, Protection(stop=0.05))
    rig.trader().live.clear()

    assert {kind: view.guard for kind, view in (await shown(rig)).items()} == {"stop_loss": "watched"}


async def test_nobody_guards_while_the_venue_was_never_read_since_the_boot(rig: ManagerRig) -> None:
    await guarded(rig, Protection(stop=0.05))
    rig.manager._engine.desks["sim"].recovered.clear()
    rig.trader().live.clear()

    assert {kind: view.guard for kind, view in (await shown(rig)).items()} == {"stop_loss": None}
