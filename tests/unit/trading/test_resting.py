"""What should rest follows from the position, its guard and what the venue can do; prices are rounded towards safety."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.domain.market import InstrumentRules
from styrman.domain.orders import OrderType, Protection
from styrman.domain.records import Holding
from styrman.ports import Capabilities
from styrman.trading.protections import Barrier, arm, levels
from styrman.trading.resting import fault, legs, run_id

RULES = InstrumentRules("BTC/USDT", "BTC", "USDT", quantity_step=Decimal("0.001"), min_notional=Decimal(5))
LONG = Holding(bot_id="b1", instrument="BTC/USDT", quantity=Decimal(2), cost=Decimal(200))
SHORT = replace(LONG, quantity=Decimal(-2), cost=Decimal(-200))
BOTH = Protection(stop=0.1, take_profit=0.2)
LISTS, PLAIN = Capabilities(order_lists=True), Capabilities()
MARGIN = Capabilities(margin=True, reduce_only=True)


def barriers(protection: Protection, able: Capabilities, holding: Holding = LONG, **more: Decimal) -> list[Barrier]:
    return [leg.barrier for leg in legs(arm(protection, holding), holding, RULES, able, **more)]


@pytest.mark.parametrize(
    ("able", "rest"),
    [
        (LISTS, [Barrier.STOP, Barrier.TAKE_PROFIT]),
        (MARGIN, [Barrier.STOP, Barrier.TAKE_PROFIT]),
        (PLAIN, [Barrier.STOP]),
        (replace(MARGIN, reduce_only=False), [Barrier.STOP]),
        (replace(LISTS, stop_orders=False), [Barrier.TAKE_PROFIT]),
        (replace(LISTS, order_types=frozenset({OrderType.MARKET, OrderType.LIMIT})), [Barrier.TAKE_PROFIT]),
    ],
)
def test_what_rests_is_what_the_venue_holds_without_locking_or_flipping(able: Capabilities, rest: list[Barrier]) -> None:
    assert barriers(BOTH, able) == rest


def test_a_target_that_would_trade_with_another_bot_is_watched() -> None:
    assert barriers(BOTH, LISTS, opposing=Decimal(120)) == [Barrier.STOP]
    assert barriers(BOTH, LISTS, opposing=Decimal("119.99")) == [Barrier.STOP, Barrier.TAKE_PROFIT]


def test_what_is_closed_already_or_too_little_for_the_venue_does_not_rest() -> None:
    assert barriers(BOTH, LISTS, closing=Decimal(2)) == []
    assert barriers(BOTH, LISTS, closing=Decimal("1.96")) == []
    assert barriers(BOTH, LISTS, closing=Decimal(1)) == [Barrier.STOP, Barrier.TAKE_PROFIT]
    assert barriers(Protection(stop=1.0), LISTS) == [], "a price of zero"


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.5), st.sampled_from([LONG, SHORT]))
def test_a_stop_triggers_no_later_and_a_target_takes_no_less_than_its_level(stop: float, target: float, holding: Holding) -> None:
    guard = arm(Protection(stop=stop, take_profit=target), holding)
    way = 1 if holding.quantity > 0 else -1
    exact = levels(guard, holding)
    for leg in legs(guard, holding, RULES, LISTS):
        request = leg.request("BTC/USDT", reduce_only=False)

        assert 0 <= (leg.price - exact[leg.barrier]) * way < RULES.price_tick
        assert fault(request, RULES) == ""
        assert run_id(leg, request).startswith(f"{leg.barrier}-")


def test_a_fault_of_our_own_is_named() -> None:
    (leg,) = legs(arm(Protection(stop=0.1), LONG), LONG, RULES, PLAIN)
    request = leg.request("BTC/USDT", reduce_only=False)

    assert "tick" in fault(replace(request, stop_price=Decimal("90.001")), RULES)
    assert "lot" in fault(replace(request, quantity=Decimal("1.0001")), RULES)
    assert "less than" in fault(replace(request, quantity=Decimal("0.001")), RULES)
