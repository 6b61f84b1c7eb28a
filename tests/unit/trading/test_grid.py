"""A grid buys on the way down and sells each level a step above; no crash, partial fill or restart makes it sell what it hasn't."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from styrman.domain.market import InstrumentRules, Side
from styrman.errors import StrategyError
from styrman.trading.strategies.grid import Grid
from unit.trading.small_market import NAME, SmallMarket

GRID = Grid(levels=3, step=0.01, invest=0.9)
BUYS = [Decimal("99.00"), Decimal("98.01"), Decimal("97.02")]


@pytest.fixture(params=["fee in quote", "fee in base"])
def market(rules: InstrumentRules, request: pytest.FixtureRequest) -> SmallMarket:
    return SmallMarket(GRID, rules, fee_in_base=request.param == "fee in base")


def test_a_new_grid_buys_an_equal_quantity_at_each_level_below_the_price(market: SmallMarket) -> None:
    market.cycle()

    assert [order.price for order in market.on(Side.BUY)] == BUYS
    assert {order.quantity for order in market.on(Side.BUY)} == {Decimal("30.000")}
    assert market.on(Side.SELL) == []


def test_a_level_that_bought_sells_one_step_above(market: SmallMarket) -> None:
    market.cycle()
    market.go(99)

    (sale,) = market.on(Side.SELL)
    assert sale.price == 100
    assert market.position - Decimal("0.03") <= sale.quantity <= market.position
    assert [order.price for order in market.on(Side.BUY)] == BUYS[1:]


def test_a_level_that_sold_buys_again_and_keeps_the_step(market: SmallMarket) -> None:
    market.cycle()
    market.go(98.01, 99, 98.01, 99, 100)

    assert sorted(order.price or 0 for order in market.on(Side.BUY)) == sorted(BUYS)
    assert market.on(Side.SELL) == []
    assert market.book.realized_pnl > 0


def test_a_repeated_cycle_decides_the_same(market: SmallMarket) -> None:
    market.cycle()
    market.go(98.5)

    before = market.decide()[0].orders
    market.cycle()
    assert market.decide()[0].orders == before


def test_an_order_that_filled_in_part_stays_as_it_is(market: SmallMarket) -> None:
    market.cycle()
    market.share = Decimal("0.4")
    market.move(99)
    before = dict(market.asked)
    market.cycle()

    assert market.asked == before
    assert market.open(Side.BUY) == 78


def test_a_sale_in_part_goes_on_and_buys_nothing_meanwhile(market: SmallMarket) -> None:
    market.cycle()
    market.go(99)
    market.share = Decimal("0.4")
    market.go(100)

    (sale,) = market.on(Side.SELL)
    assert market.remaining[sale.key] < sale.quantity
    assert [order.price for order in market.on(Side.BUY)] == BUYS[1:]


def test_what_a_cancelled_order_bought_is_sold_after_the_restart(market: SmallMarket) -> None:
    market.cycle()
    market.share = Decimal("0.4")
    market.move(99)
    market.cancel_all()
    market.cycle()

    (sale,) = market.on(Side.SELL)
    assert sale.price == 100
    assert sale.quantity <= market.position < sale.quantity + Decimal("0.1")


def test_the_anchor_follows_a_price_that_leaves_an_empty_grid(market: SmallMarket) -> None:
    market.cycle()
    market.go(100.9)
    assert [order.price for order in market.on(Side.BUY)] == BUYS

    market.go(120)
    assert [order.price for order in market.on(Side.BUY)] == [Decimal("118.80"), Decimal("117.61"), Decimal("116.43")]


def test_the_anchor_stays_while_anything_is_held(market: SmallMarket) -> None:
    market.cycle()
    market.go(99, 80)

    assert [order.price for order in market.on(Side.SELL)] == [Decimal("100.00"), Decimal("99.00"), Decimal("98.01")]


def test_sales_go_with_the_position_that_they_were_to_sell(market: SmallMarket) -> None:
    market.cycle()
    market.go(98.01)
    market.sell_everything()

    assert {order.side for order in market.on(Side.SELL)} == {Side.SELL}
    assert {order.side for order in market.decide()[0].orders} == {Side.BUY}


def test_a_lost_anchor_makes_a_new_grid_and_no_second_one(market: SmallMarket) -> None:
    """The process died after the first orders were placed and before the anchor was recorded."""
    market.cycle(crash=True)
    market.go(99.5)

    assert len(market.on(Side.BUY)) == 3
    assert market.on(Side.BUY)[0].price == Decimal("98.50")


def test_a_level_too_small_for_the_venue_is_an_error_that_says_so(rules: InstrumentRules) -> None:
    with pytest.raises(StrategyError, match=r"BTC/USDT would buy for 4\.00000000 USDT.*at least 0 BTC and 5 USDT.*fewer levels"):
        SmallMarket(Grid(levels=50, invest=0.02), rules).cycle()


def test_a_grid_carries_its_protection(rules: InstrumentRules) -> None:
    plan, _ = SmallMarket(Grid(stop_loss=0.1), rules).decide()

    assert plan.protections[NAME].stop == pytest.approx(0.1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    walk=st.lists(st.tuples(st.integers(940, 1030), st.sampled_from(["0.3", "1", "1"]), st.integers(0, 9)), max_size=25),
    fee_in_base=st.booleans(),
)
def test_whatever_happens_it_sells_no_more_than_it_holds_and_spends_no_more_than_it_has(
    rules: InstrumentRules, walk: list[tuple[int, str, int]], *, fee_in_base: bool
) -> None:
    market = SmallMarket(GRID, rules, fee_in_base=fee_in_base)
    market.cycle()
    for tenths, share, fate in walk:
        market.share = Decimal(share)
        market.move(tenths / 10)
        if fate == 1:
            market.cancel_all()
        market.cycle(crash=fate == 0)

        assert market.open(Side.SELL) <= market.position
        assert market.book.cash - sum(market.remaining[order.key] * (order.price or 0) for order in market.on(Side.BUY)) > 0
        assert market.decide()[0].orders == market.decide()[0].orders
