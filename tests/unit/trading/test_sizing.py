"""A target becomes a quantity once; from there on, what is left to trade comes to nothing."""

from dataclasses import replace
from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from styrman.domain.market import InstrumentRules
from styrman.domain.records import Holding, TargetLatch
from styrman.errors import StrategyError
from styrman.trading.sizing import closable, delta, latch, latch_flat

EQUITY, PRICE = Decimal(10_000), Decimal(100)
shared_rules = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_full_target_and_its_fee_cost_no_more_than_the_equity(rules: InstrumentRules) -> None:
    latched = latch(1.0, equity=EQUITY, price=PRICE, rules=rules)

    assert latched.quantity == Decimal("99.900")
    assert latched.quantity * PRICE * (1 + rules.taker_fee) <= EQUITY


def test_a_target_is_a_quantity_until_it_changes_whatever_price_and_equity_do(rules: InstrumentRules) -> None:
    first = latch(0.5, equity=EQUITY, price=PRICE, rules=rules)

    assert latch(0.5, equity=EQUITY * 2, price=PRICE / 3, rules=rules, current=first) is first
    assert latch(0.4, equity=EQUITY, price=PRICE, rules=rules, current=first).quantity < first.quantity


def test_a_threshold_makes_a_latch_anew_once_it_is_off_by_more(rules: InstrumentRules) -> None:
    first = latch(0.5, equity=EQUITY, price=PRICE, rules=rules)

    near = latch(0.5, equity=EQUITY * Decimal("1.05"), price=PRICE, rules=rules, current=first, threshold=0.1)
    far = latch(0.5, equity=EQUITY * 2, price=PRICE, rules=rules, current=first, threshold=0.1)
    assert near is first
    assert far.quantity > first.quantity


def test_a_forced_latch_stands_until_the_target_differs(rules: InstrumentRules) -> None:
    forced = TargetLatch(target=0.5, quantity=Decimal(900), forced=True)

    assert latch(0.5, equity=EQUITY, price=PRICE, rules=rules, current=forced, threshold=0.01) is forced
    assert not latch(0.6, equity=EQUITY, price=PRICE, rules=rules, current=forced).forced


def test_a_flat_latch_stays_flat_until_the_target_differs(rules: InstrumentRules) -> None:
    flat = latch_flat(latch(1.0, equity=EQUITY, price=PRICE, rules=rules), "stop")

    assert flat.quantity == 0
    assert flat.flat == "stop"
    assert latch(1.0, equity=EQUITY, price=PRICE, rules=rules, current=flat, threshold=0.01) is flat
    assert latch(0.9, equity=EQUITY, price=PRICE, rules=rules, current=flat).quantity > 0


def test_an_instrument_flat_before_any_target_takes_the_first_one(rules: InstrumentRules) -> None:
    assert latch(1.0, equity=EQUITY, price=PRICE, rules=rules, current=latch_flat(None, "flatten")).quantity > 0


@pytest.mark.parametrize("target", [1.001, -1.001, inf, -inf, nan, 1e300])
def test_a_target_beyond_the_equity_is_the_strategys_error(rules: InstrumentRules, target: float) -> None:
    with pytest.raises(StrategyError, match=r"BTC/USDT is (1\.001|-1\.001|inf|-inf|nan|1e\+300)"):
        latch(target, equity=EQUITY, price=PRICE, rules=rules)


def test_a_short_target_is_flat_where_nothing_can_be_shorted(rules: InstrumentRules) -> None:
    assert latch(-0.5, equity=EQUITY, price=PRICE, rules=rules).quantity == 0
    assert latch(-0.5, equity=EQUITY, price=PRICE, rules=replace(rules, shortable=True)).quantity == Decimal("-49.950")


def test_a_ruined_bot_wants_nothing(rules: InstrumentRules) -> None:
    assert latch(1.0, equity=Decimal(-5), price=PRICE, rules=replace(rules, shortable=True)).quantity == 0


def _delta(latched: TargetLatch, position: Decimal, rules: InstrumentRules, pending: Decimal = Decimal(0)) -> Decimal:
    return delta(latched, position=position, pending=pending, rules=rules, price=PRICE)


def test_pending_orders_count_in_full(rules: InstrumentRules) -> None:
    latched = TargetLatch(target=0.5, quantity=Decimal(50))

    assert _delta(latched, Decimal(10), rules, pending=Decimal(40)) == 0
    assert _delta(latched, Decimal(10), rules, pending=Decimal(15)) == 25


@pytest.mark.parametrize(
    ("wanted", "position", "pending", "traded"),
    [("50", "10", "50", "0"), ("50", "50", "20", "0"), ("0", "0", "20", "0"), ("0", "10", "20", "-10"), ("50", "10", "-20", "40")],
)
def test_nothing_is_traded_against_what_may_never_fill(
    rules: InstrumentRules, wanted: str, position: str, pending: str, traded: str
) -> None:
    """A claimed order far from the market sold the position that it was claimed beside."""
    latched = TargetLatch(target=0.5, quantity=Decimal(wanted))

    assert _delta(latched, Decimal(position), rules, pending=Decimal(pending)) == Decimal(traded)


def test_what_the_venue_kept_as_fee_is_not_bought_again(rules: InstrumentRules) -> None:
    latched = TargetLatch(target=0.5, quantity=Decimal(50))

    assert _delta(latched, Decimal(50) * (1 - rules.taker_fee), rules) == 0
    assert _delta(latched, Decimal("49.9"), rules) == Decimal("0.1")


def test_what_is_too_much_is_sold_however_little_it_is_more_than_the_fee(rules: InstrumentRules) -> None:
    assert _delta(TargetLatch(target=0.5, quantity=Decimal(50)), Decimal("50.05"), rules) == Decimal("-0.050")


def test_dust_stays(rules: InstrumentRules) -> None:
    flat = TargetLatch(target=0.0, quantity=Decimal(0))

    assert _delta(flat, Decimal("0.049"), rules) == 0
    assert _delta(flat, Decimal("0.0505"), rules) == Decimal("-0.050")


@pytest.mark.parametrize(("quantity", "closing", "left"), [("2.0005", "0", "2"), ("-2", "0.5", "1.5"), ("2", "3", "0"), ("2", "1.96", "0")])
def test_what_can_be_closed_is_in_whole_lots_beside_what_closes_already(
    rules: InstrumentRules, quantity: str, closing: str, left: str
) -> None:
    held = Holding(bot_id="b1", instrument="BTC/USDT", quantity=Decimal(quantity), cost=Decimal(quantity) * PRICE)

    assert closable(held, rules, closing=Decimal(closing)) == Decimal(left)


@shared_rules
@given(target=st.floats(-1, 1), position=st.decimals(-200, 200, places=5), spot=st.booleans(), fee_in_base=st.booleans())
def test_once_the_difference_has_traded_there_is_none(
    rules: InstrumentRules, target: float, position: Decimal, *, spot: bool, fee_in_base: bool
) -> None:
    """A repeated cycle is a no-op: also on a spot venue that takes its fee out of what was bought."""
    market, held = replace(rules, shortable=not spot), abs(position) if spot else position
    latched = latch(target, equity=EQUITY, price=PRICE, rules=market)
    gap = _delta(latched, held, market)
    kept_by_venue = gap * market.taker_fee if spot and fee_in_base and gap > 0 else Decimal(0)

    assert _delta(latched, held + gap - kept_by_venue, market) == 0
    assert gap == market.round_quantity(gap)
    assert abs(held + gap - latched.quantity) <= abs(held - latched.quantity)
