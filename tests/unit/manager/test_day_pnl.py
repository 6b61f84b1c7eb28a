"""What a bot made today: since midnight in UTC by the wall clock, whatever was made before, and whatever was given or taken."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan, WorkingOrder
from styrman.domain.market import Side
from styrman.domain.orders import OrderType
from styrman.manager import equity_log
from styrman.manager.day_marks import DayMarks
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, FEE

EVENING = datetime(2026, 1, 1, 23, 59, 0, tzinfo=UTC)
TEN = Plan(orders=(WorkingOrder(key="a", instrument=BTC, side=Side.BUY, quantity=Decimal(10), type=OrderType.MARKET),))
PAID = 10 * 100 * FEE


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ManagerRig]:
    """A manager a minute before midnight that takes an equity point every seven seconds: the last at 23:59:56."""
    made = ManagerRig(tmp_path, equity_every_s=7)
    made.clock._start = EVENING
    made.manager = made._make()
    async with made:
        yield made


async def day_pnl(rig: ManagerRig, bot_id: str = "b1") -> Decimal:
    return (await rig.manager.get_status(bot_id)).day_pnl


async def bought(rig: ManagerRig, bot_id: str = "b1") -> None:
    """Have a bot that holds ten BTC, bought at 100."""
    await rig.run(bot_id, TEN)
    await rig.until(lambda: rig.position(bot_id) == 10)


async def moved(rig: ManagerRig, price: str) -> None:
    """Have the price move, and known to all."""
    rig.venue.quote(BTC, price)
    await rig.clock.settle()


async def till_after_midnight(rig: ManagerRig) -> None:
    await rig.until(lambda: rig.clock.now() > EVENING + timedelta(seconds=62), within_s=120, step_s=1)


async def known_again(rig: ManagerRig) -> None:
    """Wait until the bot's market has a price again."""
    await rig.until(lambda: rig.manager.market.ticker("sim", BTC) is not None)


async def test_a_bot_made_today_made_what_it_has_beyond_its_capital(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "103")

    assert await day_pnl(rig) == 30 - PAID


async def test_a_day_begins_at_midnight_with_nothing_made(rig: ManagerRig) -> None:
    """The price moves after the evening's last point: the day is not begun with what that point says."""
    await bought(rig)
    await rig.until(lambda: rig.clock.now() >= EVENING + timedelta(seconds=58))
    await moved(rig, "110")
    await till_after_midnight(rig)
    at_midnight = await day_pnl(rig)
    await moved(rig, "115")

    assert at_midnight == 0
    assert await day_pnl(rig) == 50


async def test_a_kill_after_midnight_changes_nothing(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "110")
    await till_after_midnight(rig)
    await moved(rig, "115")
    before = await day_pnl(rig)
    await rig.crash()
    await known_again(rig)

    assert [before, await day_pnl(rig)] == [50, 50]


async def test_a_kill_before_midnight_leaves_the_day_as_it_was(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "110")
    await rig.clock.advance(10)
    before = await day_pnl(rig)
    await rig.crash()
    await known_again(rig)

    assert before == await day_pnl(rig) == 100 - PAID


async def test_a_process_that_was_away_at_midnight_goes_by_the_last_that_was_known(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "110")
    await rig.clock.advance(10)
    await rig.manager.close()
    await rig.clock.advance(120)
    rig.manager = rig._make()
    await rig.manager.open()
    await known_again(rig)
    await moved(rig, "111")

    assert await day_pnl(rig) == 10


async def test_capital_given_is_no_profit(rig: ManagerRig) -> None:
    await bought(rig)
    await till_after_midnight(rig)
    await rig.manager.update_bot("b1", {"capital": "20000"})

    assert await day_pnl(rig) == 0


@pytest.mark.parametrize("price", ["50", None, "130"])
async def test_what_changes_hands_is_no_profit_and_a_kill_does_not_make_it_one(rig: ManagerRig, price: str | None) -> None:
    """An adoption at half the market's price doubles its worth in the book at once; the bot has not earned that."""
    await bought(rig, "giver")
    await rig.manager.stop_bot("giver")
    await rig.until(lambda: rig.observed("giver") == "STOPPED")
    await rig.manager.delete_bot("giver", exposure="abandon")
    await rig.run()
    await moved(rig, "100")
    await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(2), price=None if price is None else Decimal(price))
    await rig.manager.hand_back_position("b1", instrument=BTC, quantity=Decimal(1), price=Decimal(90))
    await rig.clock.settle()
    adopted, equity = await day_pnl(rig), (await rig.manager.get_status("b1")).equity
    await rig.crash()
    without_price = await day_pnl(rig)
    await known_again(rig)

    assert [adopted, without_price, await day_pnl(rig)] == [0, 0, 0]
    assert equity == 10_000 + 2 * (100 - Decimal(price or 100)) - 10


async def test_a_bot_under_a_deleted_ones_name_begins_with_nothing_made(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "110")
    await till_after_midnight(rig)
    await rig.manager.stop_bot("b1")
    await rig.until(lambda: rig.observed() == "STOPPED")
    await rig.manager.delete_bot("b1", exposure="abandon")
    await rig.create()
    fresh = await day_pnl(rig)
    await rig.crash()

    assert [fresh, await day_pnl(rig)] == [0, 0]


def test_a_day_that_seems_to_begin_again_does_not() -> None:
    marks = DayMarks(EVENING + timedelta(hours=1))

    assert not marks.is_over(EVENING)
    assert not marks.is_over(EVENING + timedelta(hours=24))
    assert marks.is_over(EVENING + timedelta(hours=25))


def test_a_mark_costs_less_than_a_hundred_bytes() -> None:
    marks, names = DayMarks(EVENING), [f"b{number}" for number in range(10_000)]
    marks.begin(EVENING, {name: Decimal("1234567.87654321") for name in names})
    taken = sys.getsizeof(marks._marks) + sum(map(sys.getsizeof, marks._marks.values()))

    assert len(marks._marks) == len(names)
    assert taken / len(names) <= 100


@pytest.mark.parametrize("pnl", ["1e20", "-123456789012345678901234.5", "1e40"])
def test_a_mark_holds_any_amount(pnl: str) -> None:
    """A price that somebody mistypes makes such an amount, and the heart and the next boot live through it."""
    marks = DayMarks(EVENING)
    marks.begin(EVENING, {"b1": Decimal(pnl)})

    assert marks.since("b1", Decimal(pnl)) == 0


async def test_a_bot_that_is_back_at_its_capital_after_a_kill_gets_a_point(rig: ManagerRig) -> None:
    await bought(rig)
    await moved(rig, "110")
    await rig.clock.advance(10)
    await rig.crash()
    await known_again(rig)
    await moved(rig, str(100 + PAID / 10))
    await rig.clock.advance(10)
    await rig.clock.settle()
    points = [point.equity for point in await rig.store.equity("b1")]

    assert points[-2:] == [10_000 + 100 - PAID, 10_000]


async def test_a_bot_that_is_deleted_while_points_are_taken_stays_deleted(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equity_log, "BREATH", 1)
    names = [f"b{number:02}" for number in range(60)]
    for name in names:
        await rig.create(name)
    await rig.delete_during(rig.manager._engine.equity_log.take(rig.clock.now()), names[-1])

    assert sorted(rig.manager._engine.desks["sim"].traders) == names[:-1]
