"""The fleet summed up: what is summed adds up to its parts, what must not be summed is not, and the past is as it was recorded."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan, WorkingOrder
from styrman.domain.bots import BotRecord
from styrman.domain.market import Side
from styrman.domain.orders import OrderType
from styrman.domain.records import EquityPoint
from styrman.domain.spec import parse_spec, spec_hash
from styrman.manager import portfolio
from styrman.manager.equity_curve import Curves, EquityStep
from styrman.ports import Mode
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def buying(quantity: int) -> Plan:
    return Plan(orders=(WorkingOrder(key="a", instrument=BTC, side=Side.BUY, quantity=Decimal(quantity), type=OrderType.MARKET),))


def bot(bot_id: str = "b1", *, quote: str = "USDT", created_at: datetime = NOON - HOUR) -> BotRecord:
    spec = parse_spec({"id": bot_id, "strategy": "idle", "venue": "sim", "instruments": [f"BTC/{quote}"], "capital": "100"})
    return BotRecord(spec=spec, spec_hash=spec_hash(spec), slot=1, asked_by="ann", asked_at=NOON, created_at=created_at)


def point(hours: float, pnl: int, *, capital: int = 100, bot_id: str = "b1") -> EquityPoint:
    at = NOON + hours * HOUR
    return EquityPoint(
        bot_id=bot_id, at=at, market_at=at, equity=Decimal(capital + pnl), realized_pnl=Decimal(pnl), unrealized_pnl=Decimal(0)
    )


def values(steps: list[EquityStep], currency: str = "USDT") -> list[tuple[int, int]]:
    return [(int(step.equity), int(step.pnl)) for step in steps if step.currency == currency]


def now(pnl: int, capital: int = 100) -> tuple[Decimal, Decimal]:
    return Decimal(capital + pnl), Decimal(pnl)


def test_what_a_bot_was_worth_stands_until_its_next_point() -> None:
    curves = Curves(NOON, NOON + 5 * HOUR, 5)
    curves.add(bot(), Mode.PAPER, point(-1, 3), [point(1.5, 10), point(3.2, -4)], now(6))
    steps = curves.steps()

    assert values(steps) == [(103, 3), (110, 10), (110, 10), (96, -4), (106, 6)]
    assert [step.at - NOON for step in steps] == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR]


def test_bots_of_one_mode_and_currency_are_summed_and_no_others() -> None:
    curves = Curves(NOON, NOON + 2 * HOUR, 2)
    curves.add(bot(), Mode.PAPER, None, [point(0.5, 1)], now(1))
    curves.add(bot("b2"), Mode.PAPER, None, [], now(0))
    curves.add(bot("b3", quote="EUR"), Mode.PAPER, None, [], now(7))
    curves.add(bot("b4"), Mode.LIVE, None, [], now(9))
    found = {(step.mode, step.currency): int(step.equity) for step in curves.steps()}

    assert found == {(Mode.PAPER, "USDT"): 201, (Mode.PAPER, "EUR"): 107, (Mode.LIVE, "USDT"): 109}


def test_a_curve_begins_with_its_first_bot_and_capital_that_was_given_is_no_profit() -> None:
    curves = Curves(NOON, NOON + 4 * HOUR, 4)
    curves.add(bot(created_at=NOON + 1.5 * HOUR), Mode.PAPER, None, [point(2.5, 2)], now(2, capital=500))
    steps = curves.steps()

    assert values(steps) == [(100, 0), (102, 2), (502, 2)]
    assert steps[0].at == NOON + 2 * HOUR


def test_points_of_a_deleted_bot_of_that_name_are_not_its_own() -> None:
    curves = Curves(NOON, NOON + 2 * HOUR, 2)
    curves.add(bot(created_at=NOON + 1.5 * HOUR), Mode.PAPER, None, [point(0.5, 99)], now(0))

    assert values(curves.steps()) == [(100, 0)]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ManagerRig]:
    async with ManagerRig(tmp_path, venues=("sim", "other"), equity_every_s=60) as made:
        yield made


async def test_groups_add_up_to_their_bots(rig: ManagerRig) -> None:
    for name, quantity, venue in (("b1", 10, "sim"), ("b2", 5, "sim"), ("b3", 1, "other")):
        await rig.run(name, buying(quantity), venue=venue)
    await rig.until(lambda: rig.trader("b3", "other").position(BTC) == 1 and rig.position("b2") == 5)
    await rig.create("idle", capital="1000")
    for place in rig.venues.values():
        place.quote(BTC, "110")
    await rig.clock.settle()
    portfolio, bots = await rig.manager.portfolio(), (await rig.manager.list_bots()).items
    here = [view for view in bots if view.venue == "sim"]
    other, group = portfolio.groups

    assert [(each.venue, each.bots) for each in portfolio.groups] == [("other", 1), ("sim", 3)]
    for name in ("capital", "equity", "realized_pnl", "unrealized_pnl", "day_pnl", "position_value"):
        assert getattr(group, name) == sum(getattr(view, name) for view in here)
    assert [group.position_value, other.position_value] == [1650, 110]
    assert [(each.venue, each.instrument, each.bots) for each in portfolio.instruments] == [("other", BTC, 1), ("sim", BTC, 2)]
    assert [each.quantity for each in portfolio.instruments] == [1, 15]
    assert [each.value for each in portfolio.instruments] == [110, 1650]


async def test_equity_over_time_comes_from_what_was_recorded_and_ends_with_now(rig: ManagerRig) -> None:
    await rig.run("b1", buying(10))
    await rig.create("b2")
    await rig.until(lambda: rig.position() == 10)
    rig.venue.quote(BTC, "110")
    await rig.clock.advance(130)
    rig.venue.quote(BTC, "120")
    await rig.clock.settle()
    steps = await rig.manager.portfolio_equity(since=rig.clock.now() - timedelta(seconds=60), points=4)

    assert [step.equity for step in steps] == [20_099, 20_099, 20_099, 20_199]
    assert [step.pnl for step in steps] == [99, 99, 99, 199]
    assert steps[-1].at == rig.clock.now()


async def test_a_bot_that_is_deleted_while_the_fleet_is_summed_up_stays_deleted(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "SLICE", 1)
    names = [f"b{number:02}" for number in range(60)]
    for name in names:
        await rig.create(name)
    await rig.delete_during(rig.manager.portfolio(), names[-1])

    assert sorted(rig.manager._engine.desks["sim"].traders) == names[:-1]
