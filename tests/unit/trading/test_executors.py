"""Executors go on where they were: whatever crashes, partial fills and stops come between, they trade what they were asked for, once."""

from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Protection
from styrman.domain.plan import Context, Plan
from styrman.errors import StrategyError
from styrman.trading.executors import Bracket, DcaLadder, Executor, GridLevels, Twap
from styrman.trading.strategy import Strategy
from unit.trading.small_market import NAME, SmallMarket


class Runs(Strategy):
    """A strategy that is one executor."""

    executor: object  # an Executor: a protocol, which pydantic can't check

    async def decide(self, ctx: Context) -> Plan:
        return cast("Executor", self.executor).plan(ctx)


def market(executor: Executor, rules: InstrumentRules) -> SmallMarket:
    return SmallMarket(Runs(executor=executor), rules)


def bought(held: SmallMarket) -> Decimal:
    return sum((fill.quantity for fill in held.fills if fill.side is Side.BUY), Decimal(0))


def twap(quantity: str = "1", slices: int = 4, **more: object) -> Twap:
    fields: dict[str, object] = {"key": "t", "instrument": NAME, "side": Side.BUY, "duration": timedelta(minutes=8)} | more
    return Twap(quantity=Decimal(quantity), slices=slices, **fields)  # type: ignore[arg-type] # the tests' shorthand


def test_a_twap_sends_a_slice_each_part_of_its_time_and_ends(rules: InstrumentRules) -> None:
    held = market(twap(), rules)
    held.cycle()
    sizes = [bought(held)]
    for _ in range(9):
        held.go(100)
        sizes.append(bought(held))

    assert [float(size) for size in sizes] == [0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1, 1, 1]
    assert held.decide()[0].is_empty


def test_a_twap_makes_fewer_slices_where_the_venue_takes_no_smaller_ones(rules: InstrumentRules) -> None:
    held = market(twap("0.11", slices=10), rules)
    held.cycle()

    assert rules.min_notional <= held.fills[0].quantity * 100
    with pytest.raises(StrategyError, match="less than the venue takes"):
        market(twap("0.001"), rules).cycle()


def test_a_twap_with_a_price_waits_for_it(rules: InstrumentRules) -> None:
    held = market(twap(price=Decimal(99)), rules)
    held.cycle()
    held.go(100, 100, 100)

    assert not held.fills
    held.go(98.9)
    assert bought(held) == Decimal("0.750")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(["cycle", "crash", "stop", "part", "whole", "candle"]), max_size=40))
def test_a_twap_never_trades_more_than_its_quantity(rules: InstrumentRules, events: list[str]) -> None:
    held = market(twap(), rules)
    for event in events:
        match event:
            case "cycle" | "crash":
                held.cycle(crash=event == "crash")
            case "stop":
                held.cancel_all()
            case "part" | "whole":
                held.share = Decimal("0.3") if event == "part" else Decimal(1)
            case _:
                held.go(100)

        assert bought(held) <= 1
    held.share = Decimal(1)
    held.go(*[100] * 20)

    assert bought(held) == 1
    assert held.decide()[0].is_empty


EXITS = Protection(stop=0.02, take_profit=0.04)


def test_a_bracket_enters_once_guards_and_ends_when_it_is_closed(rules: InstrumentRules) -> None:
    held = market(Bracket(key="b", instrument=NAME, side=Side.BUY, quantity=Decimal(2), exits=EXITS), rules)
    assert held.decide()[0] == Plan(resume=frozenset({NAME}))
    held.cycle()
    held.cycle()

    assert held.position == 2
    assert held.decide()[0].protections == {NAME: EXITS}
    held.go(101)
    held.sell_everything()
    held.cycle(crash=True)  # the end was seen, and not recorded
    held.go(102, 103)
    assert bought(held) == 2
    assert held.decide()[0].is_empty


def test_a_bracket_with_a_price_rests_until_the_market_comes(rules: InstrumentRules) -> None:
    held = market(Bracket(key="b", instrument=NAME, side=Side.BUY, quantity=Decimal(2), exits=EXITS, price=Decimal(99)), rules)
    held.cycle()
    held.cycle()
    assert held.open(Side.BUY) == 2
    held.go(98)

    assert held.position == 2


def ladder(*, repeat: bool = False) -> DcaLadder:
    return DcaLadder(
        key="d",
        instrument=NAME,
        first=Decimal(1),
        steps=2,
        spacing=Decimal("0.01"),
        gain=Decimal("0.01"),
        spacing_scale=Decimal(2),
        size_scale=Decimal(2),
        repeat=repeat,
    )


def test_a_ladder_buys_larger_further_down_and_sells_all_above_the_average(rules: InstrumentRules) -> None:
    held = market(ladder(), rules)
    held.cycle()
    assert [(order.price, order.quantity) for order in held.on(Side.BUY)] == [(Decimal(99), Decimal(2)), (Decimal(97), Decimal(4))]
    held.go(99)

    (exit_order,) = held.on(Side.SELL)
    average = held.book.holding(NAME).average_price
    assert exit_order.price == rules.round_price(average * Decimal("1.01"), Side.SELL)
    assert exit_order.quantity == 3
    held.go(98, 97)
    assert [order.quantity for order in held.on(Side.SELL)] == [7]
    held.go(99.5)
    assert held.position == 0
    held.go(100)
    assert held.asked == {}
    assert held.decide()[0].is_empty


def test_a_ladder_that_repeats_begins_again_at_the_price_of_then(rules: InstrumentRules) -> None:
    held = market(ladder(repeat=True), rules)
    held.cycle()
    held.go(101.5, 110)

    assert held.position == 1
    assert held.on(Side.BUY)[0].price == rules.round_price(held.fills[-1].price * Decimal("0.99"), Side.BUY)


def test_a_ladder_exit_that_filled_in_part_stays_as_it_is(rules: InstrumentRules) -> None:
    held = market(ladder(), rules)
    held.cycle()
    held.go(99)
    (before,) = held.on(Side.SELL)
    held.share = Decimal("0.5")
    held.go(float(before.price or 0))

    assert held.on(Side.SELL) == [before]
    assert 0 < held.position < 3


def test_a_grid_executor_hangs_from_its_first_price(rules: InstrumentRules) -> None:
    held = market(GridLevels(key="g", instrument=NAME, levels=2, step=Decimal("0.01"), quantity=Decimal(1)), rules)
    held.cycle()
    held.go(100.5)

    assert [order.price for order in held.on(Side.BUY)] == [Decimal("99.00"), Decimal("98.01")]
    held.go(99, 100)
    assert held.position == 0
    assert held.book.realized_pnl > 0


def test_executors_share_a_plan(rules: InstrumentRules) -> None:
    ctx = SmallMarket(Runs(executor=twap()), rules).context()
    bracket = Bracket(key="b", instrument=NAME, side=Side.BUY, quantity=Decimal(2), exits=EXITS)
    bracket.plan(ctx)
    both = Plan.of(twap().plan(ctx), bracket.plan(ctx))

    assert [order.key for order in both.orders] == ["t 0", "b"]
    assert both.protections == {NAME: EXITS}
