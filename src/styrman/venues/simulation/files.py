"""Recordings on disk: which instrument a file is named after, and the columns in it. Parquet (with polars) and CSV."""

import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from styrman.domain.market import COLUMNS, Candles, FloatColumn, TimeColumn
from styrman.errors import ConfigInvalid
from styrman.venues.simulation.frames import candles_of_trades, frame_name

SUFFIXES = (".parquet", ".csv")
_QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "TRY", "DAI", "BTC", "ETH", "BNB")  # longest first
_WORD = re.compile(r"[A-Z0-9]{1,20}")
_ASSET = re.compile(r"[A-Z]{2,10}")
_MEANINGS = {
    "time": ("time", "ts", "timestamp", "date", "datetime", "open_time"),
    "price": ("price",),
    "amount": ("amount", "quantity", "qty", "size"),
    **{name: (name,) for name in COLUMNS[1:]},
}
_HEADERLESS = COLUMNS  # as exchanges publish their archives
_MILLION, _MS_DIGITS_MIN, _MS_DIGITS_MAX = 1_000_000, 10**11, 10**14


def instrument_of(path: Path) -> str | None:
    """Return the instrument a file is named after: BTC_USDT…, BTC-USDT-1m, BTCUSDT_venue…; None where it names none."""
    first, *rest = _WORD.findall(path.stem.upper()) or [""]
    if rest and rest[0] in _QUOTES:
        settled = f":{rest[0]}" if rest[1:2] == rest[:1] else ""
        return f"{first}/{rest[0]}{settled}"
    quote = next((quote for quote in _QUOTES if first.endswith(quote) and first != quote), None)
    if quote:
        return f"{first.removesuffix(quote)}/{quote}"
    return f"{first}/{rest[0]}" if rest and _ASSET.fullmatch(rest[0]) else None


def read_candles(path: Path, instrument: str) -> Candles:
    """Return a file's candles, oldest first, each once; trades are made candles of a minute. ConfigInvalid says what is wrong."""
    columns = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    kept = {meaning: column for meaning, names in _MEANINGS.items() for name, column in columns.items() if name in names}
    if {"time", "price", "amount"} <= kept.keys():
        time, (price, amount) = _floats(path, kept, ("time", "price", "amount"))
        return candles_of_trades(instrument, "1m", time, price, amount)
    if not set(COLUMNS) <= kept.keys():
        raise ConfigInvalid(
            f"{path} holds neither candles ({', '.join(COLUMNS)}) nor trades (time, price, amount); its columns are {', '.join(columns)}."
        )
    time, (opens, highs, lows, closes, volume) = _floats(path, kept, COLUMNS)
    time, once = np.unique(time, return_index=True)
    if len(time) < 2:  # noqa: PLR2004 - a time frame is the distance of two candles
        raise ConfigInvalid(f"{path} holds fewer than two candles; a market needs more.")
    frame_ms = int(np.diff(time).min())
    return Candles(instrument, frame_name(frame_ms), time, opens[once], highs[once], lows[once], closes[once], volume[once])


def _floats(path: Path, columns: Mapping[str, np.ndarray], names: tuple[str, ...]) -> tuple[TimeColumn, list[FloatColumn]]:
    """Return the columns as numbers, the first as whole seconds or milliseconds made milliseconds."""
    try:
        first, *others = [columns[name].astype(np.float64) for name in names]
    except ValueError as error:
        raise ConfigInvalid(f"{path} holds something that is no number: {error}.") from error
    if not all(np.isfinite(column).all() and len(column) for column in (first, *others)):
        raise ConfigInvalid(f"{path} is empty or has holes: every candle needs every column.")
    return _milliseconds(first), others


def _milliseconds(time: FloatColumn) -> TimeColumn:
    """Return times as milliseconds; files say seconds, milliseconds or microseconds, told apart by size."""
    largest = float(time.max())
    factor = 1000.0 if largest < _MS_DIGITS_MIN else 1.0 if largest < _MS_DIGITS_MAX else 0.001
    return np.round(time * factor).astype(np.int64)


def _read_parquet(path: Path) -> dict[str, np.ndarray]:
    try:
        import polars as pl  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ConfigInvalid(f"{path} is Parquet, which needs polars: pip install 'styrman[polars]'.") from None
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigInvalid(f"{path} can't be read: {error}.") from error
    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    frame = frame.with_columns(pl.col(times).dt.epoch("ms"))
    return {name.lower(): frame[name].to_numpy().copy() for name in frame.columns}


def _read_csv(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigInvalid(f"{path} can't be read: {error}.") from error
    if not rows:
        raise ConfigInvalid(f"{path} is empty.")
    named = not _is_number(rows[0][1] if len(rows[0]) > 1 else rows[0][0])
    names = [name.strip().lower() for name in rows.pop(0)] if named else list(_HEADERLESS)
    columns = dict(zip(names, zip(*rows, strict=False), strict=False))
    return {name: np.array([_epoch(text) for text in column] if name in _MEANINGS["time"] else column) for name, column in columns.items()}


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).replace("-", "", 1).isdigit()


def _epoch(text: str) -> str:
    """Return a time as a number in text, whether it is one already or ISO 8601 (UTC where it names no zone)."""
    if _is_number(text):
        return text
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return str((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
