"""Recordings: what files are named after, what is read from them, and how they are played."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from styrman.errors import ConfigInvalid
from styrman.venues.simulation.files import instrument_of, read_candles
from styrman.venues.simulation.recorded import RecordedSource, load_recording

MINUTE = 60_000
T0 = 1_700_000_040_000  # on a minute


def write(path: Path, times: Sequence[object], *, header: str = "ts,open,high,low,close,volume", price: float = 10.0) -> Path:
    rows = [f"{time},{price + i},{price + i + 1},{price + i - 1},{price + i + 0.5},{100 + i}" for i, time in enumerate(times)]
    path.write_text("\n".join([header, *rows] if header else rows) + "\n")
    return path


def play(path: Path, *, history: int = 3, repeat: bool = True) -> RecordedSource:
    return load_recording(path, history=history, repeat=repeat)


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("BTC_USDT_binance_2018-04-28_1m.parquet", "BTC/USDT"),
        ("ETH_BTC_2018-01_5m.parquet", "ETH/BTC"),
        ("BTCUSDT_bybit_2022-12-13_1m.parquet", "BTC/USDT"),
        ("BTCBUSD_binance_2022-12-13_1m.parquet", "BTC/BUSD"),
        ("BTCUSD_coinbase_2018-04_1m.parquet", "BTC/USD"),
        ("UNITTEST_BTC_2017-11_1m_gappy.parquet", "UNITTEST/BTC"),
        ("XRP_USDT_USDT_2021-11_5m.parquet", "XRP/USDT:USDT"),
        ("BTC_USDT.csv", "BTC/USDT"),
        ("BTC-USDT-1m.csv", "BTC/USDT"),
        ("wbtc-usdt.csv", "WBTC/USDT"),
        ("btc-perp_2022-01_1m.parquet", "BTC/PERP"),
        ("2022-01.csv", None),
    ],
)
def test_a_file_is_named_after_its_instrument(name: str, instrument: str | None) -> None:
    assert instrument_of(Path(name)) == instrument


@pytest.mark.parametrize("factor", [0.001, 1, 1000])
def test_times_in_seconds_milliseconds_and_microseconds_are_told_apart(tmp_path: Path, factor: float) -> None:
    path = write(tmp_path / "A_USDT.csv", [int((T0 + i * MINUTE) * factor) for i in range(4)])

    assert list(read_candles(path, "A/USDT").time) == [T0 + i * MINUTE for i in range(4)]


def test_iso_times_are_utc(tmp_path: Path) -> None:
    path = write(tmp_path / "A_USDT.csv", ["2023-11-14T22:14:00", "2023-11-14 22:15:00+00:00"], header="Date,Open,High,Low,Close,Volume")

    assert list(read_candles(path, "A/USDT").time) == [T0, T0 + MINUTE]


def test_a_file_without_a_header_is_read_as_exchanges_publish_them(tmp_path: Path) -> None:
    path = write(tmp_path / "A_USDT.csv", [T0, T0 + MINUTE], header="")

    assert list(read_candles(path, "A/USDT").close) == [10.5, 11.5]


def test_csv_trades_make_candles(recorded: Path) -> None:
    candles = read_candles(recorded / "trades" / "ETH_USDT_2023-02-02_trades.csv", "ETH/USDT")

    assert candles.timeframe == "1m"
    assert candles.open[0] == 1666.8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("ts,open,high\n1,2,3\n", "its columns are ts, open, high"),
        ("ts,open,high,low,close,volume\n1700000040000,1,1,1,oops,1\n1700000100000,1,1,1,1,1\n", "oops"),
        ("ts,open,high,low,close,volume\n1700000040000,1,1,1,nan,1\n1700000100000,1,1,1,1,1\n", "holes"),
        ("ts,open,high,low,close,volume\n1700000040000,1,1,1,1,1\n", "fewer than two"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "A_USDT.csv"
    path.write_text(text)

    with pytest.raises(ConfigInvalid, match=says) as error:
        read_candles(path, "A/USDT")

    assert str(path) in error.value.detail


def test_parquet_without_polars_says_what_to_install(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)

    with pytest.raises(ConfigInvalid, match=r"pip install 'styrman\[polars\]'"):
        play(recorded / "candles_1m")


def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "A_USDT.parquet"
    path.write_bytes(b"no parquet")

    with pytest.raises(ConfigInvalid, match=r"A_USDT\.parquet"):
        play(path)


def test_a_folder_of_folders_says_which_there_are(recorded: Path) -> None:
    with pytest.raises(ConfigInvalid, match="candles_1h, candles_1m, candles_5m"):
        play(recorded)


@pytest.mark.parametrize("folder", ["candles_1m", "candles_5m", "candles_1h", "trades"])
def test_every_recording_has_a_price_when_the_market_opens(recorded: Path, folder: str) -> None:
    source = play(recorded / folder, history=1000)

    assert source.listings
    for name, listing in source.listings.items():
        assert listing.first_ms <= source.start_ms, name


def test_tick_and_lot_are_inferred(recorded: Path) -> None:
    rules = play(recorded / "candles_1m").listings["BTC/USDT"].rules

    assert (rules.price_tick, rules.quantity_step) == (Decimal("0.01"), Decimal("0.000001"))


def test_the_market_opens_after_the_history_it_is_asked_for(tmp_path: Path) -> None:
    source = play(write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(10)]))

    assert source.start_ms == T0 + 3 * MINUTE


def test_a_short_recording_keeps_half_to_be_played(tmp_path: Path) -> None:
    source = play(write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(11)]), history=1000)

    assert source.start_ms == T0 + 5 * MINUTE


def test_a_recording_is_played_again_shifted_in_time(tmp_path: Path) -> None:
    source = play(write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(5)]))

    played = source.candles("A/USDT", T0, T0 + 12 * MINUTE)
    assert list(played.time) == [T0 + i * MINUTE for i in range(12)]
    assert list(played.open) == [10, 11, 12, 13, 14, 10, 11, 12, 13, 14, 10, 11]


def test_a_recording_that_does_not_repeat_ends(tmp_path: Path) -> None:
    source = play(write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(5)]), repeat=False)

    assert source.end_ms == T0 + 5 * MINUTE
    assert len(source.candles("A/USDT", T0, T0 + 12 * MINUTE)) == 5


def test_recordings_of_one_time_keep_their_alignment(tmp_path: Path) -> None:
    write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(10)])
    write(tmp_path / "B_USDT.csv", [T0 + i * MINUTE for i in range(2, 8)])
    source = play(tmp_path)

    for turn in (0, 10 * MINUTE):
        assert source.candles("B/USDT", T0 + turn, T0 + turn + 10 * MINUTE).time[0] == T0 + turn + 2 * MINUTE


def test_recordings_of_other_years_are_played_side_by_side(tmp_path: Path) -> None:
    year = 365 * 86_400_000
    write(tmp_path / "A_USDT.csv", [T0 + i * MINUTE for i in range(10)])
    write(tmp_path / "B_USDT.csv", [T0 + year + i * MINUTE for i in range(10)])
    source = play(tmp_path)

    for name in ("A/USDT", "B/USDT"):
        assert list(source.candles(name, source.start_ms - 9 * MINUTE, source.start_ms + 2 * MINUTE).open) == [10, 11, 12, 13, 14]


def test_files_that_follow_each_other_are_one_recording(tmp_path: Path) -> None:
    write(tmp_path / "A_USDT_1.csv", [T0 + i * MINUTE for i in range(5)])
    write(tmp_path / "A_USDT_2.csv", [T0 + i * MINUTE for i in range(4, 9)])

    assert len(play(tmp_path).candles("A/USDT", T0, T0 + 9 * MINUTE)) == 9


def test_any_span_is_the_same_cut_of_the_whole(recorded: Path) -> None:
    source = play(recorded / "candles_1m")
    begin, end = source.start_ms, source.start_ms + 3 * 86_400_000
    whole = source.candles("XRP/ETH", begin, end)
    cuts = [source.candles("XRP/ETH", at, min(at + 7_777_000, end)) for at in range(begin, end, 7_777_000)]

    assert np.array_equal(whole.time, np.concatenate([cut.time for cut in cuts]))
    assert np.array_equal(whole.close, np.concatenate([cut.close for cut in cuts]))
