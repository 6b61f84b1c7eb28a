"""A barrier is touched at the first price at or beyond its level, never before; and a trailing stop never loosens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.domain.market import Side, Ticker
from styrman.domain.orders import Protection
from styrman.domain.records import Guard, Holding
from styrman.trading.protections import Barrier, arm, exit_side, levels, stop_barrier, watch

START = datetime(2026, 1, 1, tzinfo=UTC)
FLAT = Holding(bot_id="b1", instrument="BTC/USDT")
LONG = replace(FLAT, quantity=Decimal(2), cost=Decimal(200), opened_at=START)
SHORT = replace(FLAT, quantity=Decimal(-2), cost=Decimal(-200), opened_at=START)
ALL = Protection(stop=0.05, take_profit=0.1, trailing=0.02, time_limit=timedelta(hours=1))


def ticker(bid: str | Decimal, ask: str | Decimal | None = None, at: datetime = START) -> Ticker:
    return Ticker("BTC/USDT", Decimal(bid), Decimal(bid if ask is None else ask), Decimal(bid), at)


def guarded(guard: Guard, holding: Holding, *prices: str | Decimal) -> Guard:
    for price in prices:
        guard = watch(guard, holding, ticker(price), START)
    return guard


@pytest.mark.parametrize(
    ("protection", "holding", "before", "at"),
    [
        (Protection(stop=0.05), LONG, "95.01", "95"),
        (Protection(stop=0.05), SHORT, "104.99", "105"),
        (Protection(take_profit=0.1), LONG, "109.99", "110"),
        (Protection(take_profit=0.1), SHORT, "90.01", "90"),
        (Protection(trailing=0.1), LONG, "90.01", "90"),
        (Protection(trailing=0.1), SHORT, "109.99", "110"),
    ],
)
def test_a_barrier_is_touched_at_its_level_and_not_before(protection: Protection, holding: Holding, before: str, at: str) -> None:
    untouched = guarded(arm(protection, holding), holding, before)

    assert untouched.touched == ""
    assert guarded(untouched, holding, at).touched in set(Barrier)


def test_a_long_exits_at_the_bid_and_a_short_at_the_ask() -> None:
    wide = ticker("94", "106")

    assert watch(arm(Protection(take_profit=0.05), LONG), LONG, wide, START).touched == ""
    assert watch(arm(Protection(stop=0.05), LONG), LONG, wide, START).touched == Barrier.STOP
    assert watch(arm(Protection(stop=0.05), SHORT), SHORT, wide, START).touched == Barrier.STOP
    assert (exit_side(LONG), exit_side(SHORT)) == (Side.SELL, Side.BUY)


def test_the_trailing_stop_follows_the_best_price() -> None:
    guard = guarded(arm(Protection(trailing=0.1), LONG), LONG, "120", "150", "136")

    assert guard.touched == ""
    assert guarded(guard, LONG, "135").touched == Barrier.TRAILING


def test_a_new_average_entry_price_moves_the_levels() -> None:
    guard = arm(Protection(stop=0.05), LONG)
    cheaper = replace(LONG, quantity=Decimal(4), cost=Decimal(360))

    assert levels(guard, cheaper) == {Barrier.STOP: Decimal("85.50")}
    assert guarded(guard, cheaper, "95").touched == ""


def test_the_time_limit_is_market_time_since_entry() -> None:
    guard = arm(Protection(time_limit=timedelta(hours=1)), LONG)

    assert watch(guard, LONG, ticker("100"), START + timedelta(minutes=59, seconds=59)).touched == ""
    assert watch(guard, LONG, ticker("100"), START + timedelta(hours=1)).touched == Barrier.TIME_LIMIT


def test_a_loss_is_named_before_a_gain_that_ran_out_of_time() -> None:
    late = START + timedelta(hours=2)

    assert watch(arm(ALL, LONG), LONG, ticker("90"), late).touched == Barrier.STOP
    assert watch(arm(ALL, LONG), LONG, ticker("120"), late).touched == Barrier.TAKE_PROFIT


def test_what_was_touched_stays_touched_until_the_position_is_flat() -> None:
    touched = guarded(arm(ALL, LONG), LONG, "90")

    assert guarded(touched, LONG, "100", "200") is touched
    assert arm(ALL, LONG, touched) is touched
    assert guarded(touched, FLAT, "100") == arm(ALL, FLAT) == arm(ALL, FLAT, touched)


def test_new_distances_keep_what_is_remembered_of_the_position() -> None:
    guard = guarded(arm(ALL, LONG), LONG, "105")

    wider = arm(Protection(trailing=0.03), LONG, guard)
    assert (wider.best_price, wider.trailing, wider.stop) == (Decimal(105), 0.03, None)


def test_a_position_that_crossed_zero_trails_from_its_own_prices() -> None:
    guard = guarded(arm(Protection(trailing=0.1), LONG), LONG, "109", "105")

    turned = guarded(arm(Protection(trailing=0.1), SHORT, guard), SHORT, "105")
    assert (turned.best_price, turned.touched) == (Decimal(105), "")


def test_the_resting_stop_is_the_nearer_one() -> None:
    both = Protection(stop=0.05, trailing=0.1)

    assert stop_barrier(arm(both, LONG), LONG) is Barrier.STOP
    assert stop_barrier(guarded(arm(both, LONG), LONG, "120"), LONG) is Barrier.TRAILING
    assert stop_barrier(arm(both, SHORT), SHORT) is Barrier.STOP
    assert stop_barrier(arm(Protection(take_profit=0.1), LONG), LONG) is None
    assert stop_barrier(arm(both, FLAT), FLAT) is None


def test_a_price_that_changes_nothing_changes_nothing() -> None:
    guard = guarded(arm(ALL, LONG), LONG, "101")

    assert guarded(guard, LONG, "100.5") is guard
    assert arm(ALL, LONG, guard) is guard


walks = st.lists(st.decimals("50", "200", places=2), min_size=1, max_size=40)


@given(walks, st.sampled_from([LONG, SHORT]), st.floats(0.001, 0.3))
def test_a_trailing_stop_never_loosens(walk: list[Decimal], holding: Holding, distance: float) -> None:
    guard = arm(Protection(trailing=distance), holding)
    way = 1 if holding.quantity > 0 else -1
    stops = []
    for price in walk:
        guard = guarded(guard, holding, price)
        stops.append(levels(guard, holding)[Barrier.TRAILING] * way)

    assert stops == sorted(stops)


@pytest.mark.parametrize("entered", [0, 100, 300])
@pytest.mark.parametrize("holding", [LONG, SHORT])
@pytest.mark.parametrize("stop", [0.0005, 0.002, 0.01])
def test_on_real_prices_a_stop_is_touched_at_the_first_price_beyond_it(
    tickers: Sequence[Ticker], holding: Holding, entered: int, stop: float
) -> None:
    path = tickers[entered:]
    entry, way = path[0].last, 1 if holding.quantity > 0 else -1
    held = replace(holding, cost=holding.quantity * entry, opened_at=path[0].market_time)
    level = entry * (1 - way * Decimal(str(stop)))
    expected = next((i for i, each in enumerate(path) if (each.taking(exit_side(held)) - level) * way <= 0), None)

    guard, touched_at = arm(Protection(stop=stop), held), None
    for i, each in enumerate(path):
        guard = watch(guard, held, each, each.market_time)
        if guard.touched and touched_at is None:
            touched_at = i
    assert touched_at == expected


@pytest.mark.parametrize("distance", [0.0005, 0.001, 0.003])
def test_on_real_prices_a_trailing_stop_exits_no_further_than_its_distance_from_the_best(
    tickers: Sequence[Ticker], distance: float
) -> None:
    held = replace(LONG, cost=LONG.quantity * tickers[0].bid, opened_at=tickers[0].market_time)
    guard = arm(Protection(trailing=distance), held)
    best = tickers[0].bid
    for each in tickers:
        best = max(best, each.bid)
        guard = watch(guard, held, each, each.market_time)
        fell_back = each.bid <= best * (1 - Decimal(str(distance)))
        assert bool(guard.touched) == fell_back
        if fell_back:
            break

    assert guard.touched == Barrier.TRAILING
