"""Cost averaging buys once an interval, whatever is repeated or lost, and sells all of it above the average."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import OrderType, TimeInForce
from styrman.errors import StrategyError
from styrman.trading.strategies.dca import Dca
from unit.trading.small_market import SmallMarket

DCA = Dca(amount=Decimal(100), every=3, max_invested=Decimal(300), gain=0.1)


@pytest.fixture
def market(rules: InstrumentRules) -> SmallMarket:
    return SmallMarket(DCA, rules)


def test_the_first_purchase_is_made_at_once_and_the_next_after_the_interval(market: SmallMarket) -> None:
    market.cycle()
    assert market.position == 1

    market.go(100, 100)
    assert market.position == 1
    market.go(100)
    assert market.position == 2


def test_a_purchase_is_a_market_order_that_leaves_nothing_working(market: SmallMarket) -> None:
    (order,) = market.decide()[0].orders

    assert (order.type, order.time_in_force, order.side) == (OrderType.MARKET, TimeInForce.IOC, Side.BUY)


def test_a_repeated_cycle_of_a_candle_buys_once(market: SmallMarket) -> None:
    assert market.decide()[0].orders == market.decide()[0].orders
    for _ in range(5):
        market.cycle()

    assert len(market.fills) == 1


def test_no_more_is_invested_than_the_maximum(market: SmallMarket) -> None:
    market.cycle()
    market.go(*[100] * 30)

    assert market.position == 3


def test_everything_is_sold_above_the_average_and_the_interval_begins_anew(market: SmallMarket) -> None:
    market.cycle()
    market.go(100, 100, 80)
    assert market.position == Decimal("2.25")

    market.go(97.7)
    assert market.position == Decimal("2.25")
    market.go(97.8)
    assert market.position == 0
    market.go(97.8, 97.8)
    assert market.position == 0
    market.go(97.8)
    assert market.position == Decimal("1.022")


def test_a_crash_between_purchase_and_note_delays_the_next_and_repeats_nothing(market: SmallMarket) -> None:
    market.cycle(crash=True)
    market.go(100, 100, 100)
    assert market.position == 1

    market.go(100)
    assert market.position == 2


def test_a_purchase_that_traded_in_part_counts_as_made(market: SmallMarket) -> None:
    market.share = Decimal("0.4")
    market.cycle()
    market.go(100, 100)

    assert market.position == Decimal("0.4")


def test_dust_that_a_sale_left_is_no_position_to_wait_for(rules: InstrumentRules) -> None:
    market = SmallMarket(DCA, rules, fee_in_base=True)
    market.cycle()
    market.go(100, 111, 111, 111, 111)

    assert [fill.side for fill in market.fills] == [Side.BUY, Side.SELL, Side.BUY]


def test_without_cash_for_a_purchase_none_is_planned(rules: InstrumentRules) -> None:
    market = SmallMarket(Dca(amount=Decimal(6000), max_invested=Decimal(20_000), every=1), rules)
    market.cycle()
    market.go(100, 100)

    assert len(market.fills) == 1


def test_a_purchase_too_small_for_the_venue_is_an_error_that_says_so(rules: InstrumentRules) -> None:
    with pytest.raises(StrategyError, match=r"BTC/USDT for 4 USDT.*at least 0 BTC and 5 USDT.*raise `amount`"):
        SmallMarket(Dca(amount=Decimal(4)), rules).cycle()


def test_one_purchase_must_fit_into_the_maximum() -> None:
    with pytest.raises(ValidationError, match=r"amount \(200\) must not be more than max_invested \(100\)"):
        Dca(amount=Decimal(200), max_invested=Decimal(100))


def _no_two_crashes_in_a_row(walk: list[tuple[int, str, bool]]) -> list[tuple[int, str, bool]]:
    """Two of them may hide a purchase and the sale of it: the docstring of Dca says so."""
    crashed = [False, *(step[2] for step in walk)]
    return [(price, share, crash and not before) for (price, share, crash), before in zip(walk, crashed, strict=False)]


WALKS = st.lists(st.tuples(st.integers(80, 120), st.sampled_from(["0.3", "1"]), st.booleans()), max_size=25).map(_no_two_crashes_in_a_row)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(walk=WALKS, fee_in_base=st.booleans())
def test_purchases_are_an_interval_apart_whatever_is_lost(
    rules: InstrumentRules, walk: list[tuple[int, str, bool]], *, fee_in_base: bool
) -> None:
    market = SmallMarket(DCA, rules, fee_in_base=fee_in_base)
    market.cycle()
    for price, share, crash in walk:
        market.share = Decimal(share)
        market.move(price)
        market.cycle(crash=crash)

        assert market.position >= 0
        assert market.book.holding("BTC/USDT").cost <= 300
    bought_at = [fill.market_time for fill in market.fills if fill.side is Side.BUY]
    assert all((later - earlier).total_seconds() >= 180 for earlier, later in pairwise(bought_at))
