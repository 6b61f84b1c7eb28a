"""Time frames, proven on real recordings of one market in several frames."""

from pathlib import Path

import numpy as np
import pytest

from styrman.domain.market import COLUMNS, Candles
from styrman.venues.simulation.files import read_candles
from styrman.venues.simulation.frames import aggregate, bar_after, bar_start, frame_name

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_THURSDAY_MS, _MONDAY_MS = 1_767_225_600_000, 1_766_966_400_000  # 2026-01-01, 2025-12-29


def test_trades_make_exactly_the_recorded_candles(recorded: Path) -> None:
    made = read_candles(recorded / "trades" / "XRP_ETH_2019-10_trades.parquet", "XRP/ETH")
    told = read_candles(recorded / "candles_1m" / "XRP_ETH_2019-10_1m_gappy.parquet", "XRP/ETH")

    assert len(made) == len(told) == 2469
    assert all(np.array_equal(getattr(made, name), getattr(told, name)) for name in COLUMNS)


@pytest.mark.parametrize(
    ("finer", "coarser", "bars"),
    [
        ("candles_1m/BTC_USDT_binance_2018-04-28_1m.parquet", "candles_5m/BTC_USDT_binance_2018-04_5m.parquet", 99),
        ("candles_5m/BTC_USDT_binance_2018-04_5m.parquet", "candles_1h/BTC_USDT_binance_2018_1h.parquet", 41),
    ],
)
def test_coarser_candles_are_exactly_the_exchange_s_own(recorded: Path, finer: str, coarser: str, bars: int) -> None:
    told = read_candles(recorded / coarser, "BTC/USDT")
    made = aggregate(read_candles(recorded / finer, "BTC/USDT"), told.timeframe)
    _, ours, theirs = np.intersect1d(made.time, told.time, return_indices=True)
    whole = slice(1, -1)  # the recordings begin and end within a bar

    assert len(ours[whole]) == bars
    assert all(np.array_equal(getattr(made, name)[ours[whole]], getattr(told, name)[theirs[whole]]) for name in COLUMNS)


def test_gaps_stay_gaps(recorded: Path) -> None:
    base = read_candles(recorded / "candles_1m" / "UNITTEST_BTC_2017-11_1m_gappy.parquet", "UNITTEST/BTC")

    assert set(aggregate(base, "5m").time) == {bar_start(int(time), 300_000) for time in base.time}


def test_nothing_aggregates_to_nothing() -> None:
    assert not len(aggregate(Candles.from_rows("A/B", "1m", ()), "1h"))


@pytest.mark.parametrize(("frame_ms", "start"), [(_HOUR_MS, _THURSDAY_MS), (_DAY_MS, _THURSDAY_MS), (7 * _DAY_MS, _MONDAY_MS)])
def test_bars_begin_on_the_hour_the_day_and_on_mondays(frame_ms: int, start: int) -> None:
    assert bar_start(_THURSDAY_MS + 1, frame_ms) == start
    assert bar_after(_THURSDAY_MS + 1, frame_ms) == start + frame_ms
    assert bar_after(start, frame_ms) == start


@pytest.mark.parametrize("name", ["1s", "1m", "5m", "1h", "4h", "1d", "1w"])
def test_frames_are_named_as_they_are_written(name: str) -> None:
    lengths = {"1s": 1, "1m": 60, "5m": 300, "1h": 3600, "4h": 14_400, "1d": 86_400, "1w": 604_800}

    assert frame_name(lengths[name] * 1000) == name
