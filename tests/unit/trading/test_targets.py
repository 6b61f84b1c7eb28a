"""What `target` of the shipped strategies promises: causal, silent while warming up, the same from a short history as from a long one."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from styrman.domain.market import Candles, InstrumentRules
from styrman.domain.orders import Protection
from styrman.domain.plan import EMPTY_PLAN, Plan
from styrman.trading.signals import hold, long_and_short
from styrman.trading.strategies.donchian_breakout import DonchianBreakout
from styrman.trading.strategies.ema_cross import EmaCross
from styrman.trading.strategies.idle import Idle
from styrman.trading.strategies.rsi_reversion import RsiReversion
from styrman.trading.strategy import Strategy
from unit.trading.small_market import SmallMarket

STRATEGIES: list[Strategy] = [
    EmaCross(fast=5, slow=12),
    EmaCross(fast=5, slow=12, allow_short=True),
    RsiReversion(period=6),
    RsiReversion(period=6, allow_short=True),
    DonchianBreakout(entry=12, exit=5),
    DonchianBreakout(entry=12, exit=5, allow_short=True),
]
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: f"{type(each).__name__}{'-short' * each.allow_short}")
steps = st.lists(st.integers(-100, 100), max_size=150)


def walk(changes: Sequence[int]) -> Candles:
    """Candles of a price that changes by so many hundredths of a percent, wicks as long as the change."""
    closes = 100 * np.cumprod(1 + np.array([0, *changes]) / 10_000)
    opens = np.concatenate([closes[:1], closes[:-1]])
    highs, lows = np.maximum(opens, closes) * 1.0005, np.minimum(opens, closes) * 0.9995
    return Candles.from_rows("BTC/USDT", "1m", zip(range(len(closes)), opens, highs, lows, closes, closes, strict=True))


def line(*closes: float) -> Candles:
    return Candles.from_rows("BTC/USDT", "1m", [(i, close, close, close, close, 1) for i, close in enumerate(closes)])


@every_strategy
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(changes=steps, data=st.data())
def test_a_value_knows_nothing_of_later_candles(strategy: Strategy, changes: list[int], data: st.DataObject) -> None:
    candles = walk(changes)
    cut = data.draw(st.integers(0, len(candles)))

    np.testing.assert_array_equal(strategy.target(candles[:cut]), strategy.target(candles)[:cut])


@every_strategy
def test_on_real_candles_a_value_knows_nothing_of_later_ones(strategy: Strategy, candles: Candles) -> None:
    whole = strategy.target(candles)

    for cut in range(0, len(candles), 397):
        np.testing.assert_array_equal(strategy.target(candles[:cut]), whole[:cut])


@every_strategy
@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_a_history_too_short_has_one_value_a_candle_and_no_opinion(strategy: Strategy, length: int, candles: Candles) -> None:
    target = strategy.target(candles[:length])

    assert target.shape == (length,)
    assert np.isnan(target).all()


@every_strategy
def test_targets_are_fractions_of_the_equity_and_short_only_where_allowed(strategy: Strategy, candles: Candles) -> None:
    target = strategy.target(candles)
    opinions = target[~np.isnan(target)]

    lowest = -1 if getattr(strategy, "allow_short", False) else 0
    assert len(opinions) > 3000
    assert set(opinions) == set(range(lowest, 2)) - ({0} if type(strategy) is EmaCross and lowest else set())


@every_strategy
def test_from_as_many_candles_as_it_warms_up_the_value_is_that_of_the_long_history(strategy: Strategy, candles: Candles) -> None:
    """Or, for those that hold from a signal, none where the signal lies further back. Smoothed values may differ at a near tie."""
    whole = strategy.target(candles)
    ends = range(strategy.warmup, len(candles), 13)
    short = np.array([strategy.target(candles[end - strategy.warmup : end])[-1] for end in ends])
    long = np.array([whole[end - 1] for end in ends])

    spoken = ~np.isnan(short)
    assert np.mean(short[spoken] == long[spoken]) >= (1 if isinstance(strategy, DonchianBreakout) else 0.99)
    assert spoken.mean() >= (1 if isinstance(strategy, EmaCross) else 0.1)


def test_exactly_at_its_warm_up_a_breakout_is_seen() -> None:
    strategy = DonchianBreakout(entry=4, exit=2)

    assert strategy.target(line(10, 11, 10, 11, 12))[-1] == 1
    assert np.isnan(strategy.target(line(10, 11, 10, 11)))[-1]


def test_the_turtles_enter_above_the_entry_channel_and_leave_below_the_exit_channel() -> None:
    target = DonchianBreakout(entry=4, exit=2).target(line(10, 11, 10, 11, 12, 11.5, 11.6, 11.4, 11.5))

    np.testing.assert_array_equal(target, [np.nan] * 2 + [np.nan] * 2 + [1, 1, 1, 0, 0])


def test_the_fast_average_above_the_slow_one_is_a_full_position() -> None:
    rising, falling = line(*range(100, 160)), line(*range(160, 100, -1))

    assert EmaCross(fast=3, slow=9).target(rising)[-1] == 1
    assert EmaCross(fast=3, slow=9).target(falling)[-1] == 0
    assert EmaCross(fast=3, slow=9, allow_short=True).target(falling)[-1] == -1


def test_oversold_is_held_until_the_index_is_back_at_its_middle() -> None:
    target = RsiReversion(period=3).target(line(100, 101, 100, 90, 80, 70, 71, 72, 100, 101))

    assert target[5] == target[6] == 1
    assert target[-1] == 0


def test_a_price_that_never_moved_is_not_oversold() -> None:
    assert np.isnan(RsiReversion(period=3).target(line(*[100] * 50))).all()


@pytest.mark.parametrize(
    ("strategy", "parameters", "message"),
    [
        (EmaCross, {"fast": 20, "slow": 20}, r"fast \(20\) must be less than slow \(20\)"),
        (EmaCross, {"fast": 1}, "greater than or equal to 2"),
        (RsiReversion, {"oversold": 60}, "must rise in this order"),
        (RsiReversion, {"overbought": 40}, "must rise in this order"),
        (DonchianBreakout, {"entry": 5, "exit": 6}, r"exit \(6\) must not be more than entry \(5\)"),
        (Idle, {"fast": 3}, "Extra inputs are not permitted"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(strategy: type[Strategy], parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        strategy.model_validate(parameters)


@pytest.mark.parametrize("strategy", [EmaCross, RsiReversion, DonchianBreakout, Idle])
def test_every_parameter_is_described(strategy: type[Strategy]) -> None:
    assert all(field.description for field in strategy.model_fields.values())


def test_idle_decides_the_empty_plan_whatever_it_sees(rules: InstrumentRules) -> None:
    market = SmallMarket(Idle(), rules)

    assert market.decide()[0] is EMPTY_PLAN


def test_idle_guards_what_a_person_enters(rules: InstrumentRules) -> None:
    plan, *_ = SmallMarket(Idle(stop_loss=0.05), rules).decide()

    assert plan == Plan(protections={"BTC/USDT": Protection(stop=0.05)})


def test_the_plan_of_a_target_is_its_last_value_shared_among_the_slots(rules: InstrumentRules) -> None:
    strategy = EmaCross(fast=2, slow=3, stop_loss=0.05)
    market = SmallMarket(strategy, rules)
    market.go(*range(101, 111))
    assert market.decide()[0].targets == {"BTC/USDT": None}

    for price in range(111, 115):
        market.move(price)
    ctx = market.context()
    assert asyncio.run(strategy.decide(ctx)).targets == {"BTC/USDT": 1.0}


signals = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40)


@given(signals)
def test_holding_is_what_a_loop_over_the_signals_would_hold(pairs: list[tuple[bool, bool]]) -> None:
    expected, held = [], np.nan
    for enter, leave in pairs:
        held = 1.0 if enter else 0.0 if leave else held
        expected.append(held)
    table = np.array(pairs, dtype=bool).reshape(-1, 2)

    np.testing.assert_array_equal(hold(table[:, 0], table[:, 1]), expected)


def test_two_sides_make_one_target_and_no_opinion_while_either_may_be_held() -> None:
    none = np.nan
    long = np.array([none, none, 0, 1, none, 0, 0])
    short = np.array([none, 0, none, none, 1, 1, 0])

    np.testing.assert_array_equal(long_and_short(long, short), [none, none, none, 1, -1, -1, 0])
