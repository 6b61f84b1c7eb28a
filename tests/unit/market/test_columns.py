"""Columns against a plain list, and gap filling against a loop."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.domain.market import Candles
from styrman.market.columns import Columns, after, before, empty, fill_gaps, merge
from unit.market.hand_venue import minutes_of, rows

_TIMES = st.lists(st.integers(0, 60), unique=True, max_size=20).map(sorted)


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 7), st.integers(0, 9))
def test_columns_hold_what_was_appended(batches: list[int], window: int, past: int) -> None:
    columns, expected = Columns(rows(*range(past)), window), list(range(past))
    views = []
    for size in batches:
        new = range(len(expected), len(expected) + size)
        expected.extend(new)
        columns.append(rows(*new))
        views.append((columns.tail(window), expected[-window:]))

    assert all(minutes_of(view) == then for view, then in views)
    assert columns.last_time == (rows(*expected).time[-1] if expected else None)
    assert all(list(view.close) == then for view, then in views)


def test_appending_a_million_candles_moves_few_of_them() -> None:
    columns = Columns(empty("BTC/USDT", "1m"), 500)
    capacities = set()
    for minute in range(3000):
        columns.append(rows(minute))
        capacities.add(columns.tail(1).time.base.__array_interface__["data"][0])  # type: ignore[union-attr] # a view has a base

    assert len(capacities) < 12


@given(_TIMES, st.integers(1, 80))
def test_filling_a_gap_repeats_the_close_before_it(minutes: list[int], limit: int) -> None:
    filled = fill_gaps(rows(*minutes), limit)
    expected = list(range(minutes[0], minutes[-1] + 1))[-limit:] if minutes else []
    closes = [max(there for there in minutes if there <= minute) for minute in expected]

    assert minutes_of(filled) == expected
    assert list(filled.close) == closes
    assert list(filled.filled) == [minute not in minutes for minute in expected]
    assert list(filled.volume) == [float(minute in minutes) for minute in expected]


def test_a_candle_off_the_grid_is_kept() -> None:
    shifted = Candles.from_rows(
        "A/B", "1m", [(0, 1, 1, 1, 1, 1), (60_000, 2, 2, 2, 2, 1), (130_000, 3, 3, 3, 3, 1), (190_000, 4, 4, 4, 4, 1)]
    )

    assert list(fill_gaps(shifted, 10).close) == [1, 2, 3, 4]


def test_times_gone_wild_do_not_eat_the_memory() -> None:
    wild = Candles.from_rows("A/B", "1m", [(0, 1, 1, 1, 1, 1), (1_767_225_600_000, 2, 2, 2, 2, 1)])
    filled = fill_gaps(wild, 500)

    assert len(filled) == 500
    assert filled.time[-2] == 1_767_225_600_000 - 60_000


@given(_TIMES, _TIMES)
def test_merged_candles_are_each_there_once_in_order(first: list[int], second: list[int]) -> None:
    assert minutes_of(merge(rows(*first), rows(*second))) == sorted({*first, *second})


@given(_TIMES, st.integers(0, 60))
def test_before_and_after_leave_out_the_moment_itself(minutes: list[int], minute: int) -> None:
    at = int(rows(minute).time[0])

    assert minutes_of(before(rows(*minutes), at)) == [each for each in minutes if each < minute]
    assert minutes_of(after(rows(*minutes), at)) == [each for each in minutes if each > minute]


@pytest.mark.parametrize("name", ["UNITTEST_BTC_2017-11_1m_gappy", "XRP_ETH_2019-10_1m_gappy"])
def test_recorded_candles_with_gaps_become_a_whole_series(recorded: Path, name: str) -> None:
    frame = pl.read_parquet(recorded / "candles_1m" / f"{name}.parquet")
    table = frame.select("ts", "open", "high", "low", "close", "volume").cast({"ts": pl.Int64})
    gappy = Candles.from_rows("A/B", "1m", table.iter_rows())
    whole = fill_gaps(gappy, 1_000_000)
    real = ~whole.filled

    assert set(np.diff(whole.time)) == {60_000}
    assert np.array_equal(whole.time[real], gappy.time)
    assert np.array_equal(whole.close[real], gappy.close)
    assert whole.volume[whole.filled].sum() == 0
    assert np.array_equal(whole.close[1:][whole.filled[1:]], whole.close[:-1][whole.filled[1:]])
