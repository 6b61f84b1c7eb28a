"""Time frames: trades made candles, candles made coarser ones, and where a candle of a frame begins. Pure functions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from styrman.domain.market import COLUMNS, Candles, FloatColumn, TimeColumn, timeframe_ms

_WEEK_MS = 604_800_000
_VOLUME_DECIMALS = 8  # what venues give; a sum of floats strays beyond them
_MONDAY_MS = 345_600_000  # 1970-01-05: weeks begin on Mondays, not on the epoch's Thursday


def bar_start(at_ms: int, frame_ms: int) -> int:
    """Return when the candle of this frame that holds `at_ms` opened."""
    return at_ms - (at_ms - _origin(frame_ms)) % frame_ms


def bar_after(at_ms: int, frame_ms: int) -> int:
    """Return the first opening of a candle of this frame at or after `at_ms`."""
    return at_ms + (_origin(frame_ms) - at_ms) % frame_ms


def aggregate(candles: Candles, timeframe: str) -> Candles:
    """Return the candles in a coarser frame; a bar in which nothing traded stays a gap."""
    frame_ms = timeframe_ms(timeframe)
    starts = candles.time - (candles.time - _origin(frame_ms)) % frame_ms
    if not len(candles):
        return Candles(candles.instrument, timeframe, *(getattr(candles, name) for name in COLUMNS))
    first = _firsts(starts)
    volume: FloatColumn = np.add.reduceat(candles.volume, first).round(_VOLUME_DECIMALS)
    return Candles(
        candles.instrument,
        timeframe,
        starts[first],
        candles.open[first],
        np.maximum.reduceat(candles.high, first),
        np.minimum.reduceat(candles.low, first),
        candles.close[_lasts(first, len(starts))],
        volume,
    )


def candles_of_trades(instrument: str, timeframe: str, time: TimeColumn, price: FloatColumn, amount: FloatColumn) -> Candles:
    """Return the candles that trades make. Trades of one millisecond count in the order given."""
    order = np.argsort(time, kind="stable")
    price = price[order]
    ticks = Candles(instrument, "1s", time[order], price, price, price, price, amount[order])
    return aggregate(ticks, timeframe)


def joined(instrument: str, timeframe: str, parts: Sequence[Candles]) -> Candles:
    """Return the parts as one; a single part as it is."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Candles.from_rows(instrument, timeframe, ())
    return Candles(instrument, timeframe, *(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))


def frame_name(frame_ms: int) -> str:
    """Return the name of a frame: 60000 is "1m"."""
    unit, length = next((unit, ms) for unit, ms in _UNITS if frame_ms % ms == 0)
    return f"{frame_ms // length}{unit}"


_UNITS = (("w", _WEEK_MS), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))


def _origin(frame_ms: int) -> int:
    return _MONDAY_MS if frame_ms % _WEEK_MS == 0 else 0


def _firsts(starts: TimeColumn) -> NDArray[np.intp]:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.concatenate([[True], starts[1:] != starts[:-1]]))


def _lasts(first: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Return where each run ends."""
    return np.concatenate([first[1:], [length]]) - 1
