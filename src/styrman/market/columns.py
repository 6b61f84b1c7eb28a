"""Closed candles in preallocated columns: amortised appends, views that stay true, gaps filled. Knows no venue and no clock."""

import numpy as np

from styrman.domain.market import COLUMNS, Candles, timeframe_ms

_PRICES = COLUMNS[1:]


class Columns:
    """The last candles of one series, at least `window` of them once there were so many.

    A view that `tail` gave out never changes: rows are only written behind the last one, and full columns are left to those
    who still look at them while the last `window` rows move to new ones.
    """

    def __init__(self, candles: Candles, window: int) -> None:
        self.window = window
        self._instrument, self._timeframe = candles.instrument, candles.timeframe
        self._size = 0
        self._views: dict[int, Candles] = {}
        self._allocate(max(1, 2 * window, len(candles)))
        self._write(candles)

    def __len__(self) -> int:
        return self._size

    @property
    def last_time(self) -> int | None:
        """Open of the last candle, ms since the epoch; None where there is none."""
        return int(self._time[self._size - 1]) if self._size else None

    def append(self, candles: Candles) -> None:
        """Add candles that follow the last one."""
        if self._size + len(candles) > len(self._time):
            kept = self.tail(self.window)
            self._size = 0
            self._allocate(2 * self.window + len(candles))
            self._write(kept)
        self._write(candles)

    def tail(self, count: int) -> Candles:
        """Return the last `count` candles, fewer where there are fewer. The same object for the same count until the next append."""
        view = self._views.get(count)
        if view is None:
            view = self._views[count] = self._view(max(0, self._size - count))
        return view

    def _view(self, start: int) -> Candles:
        span = slice(start, self._size)
        opens, highs, lows, closes, volumes = (column[span] for column in self._prices)
        return Candles(self._instrument, self._timeframe, self._time[span], opens, highs, lows, closes, volumes, self._filled[span])

    def _allocate(self, capacity: int) -> None:
        self._time = np.empty(capacity, dtype=np.int64)
        self._prices = np.empty((len(_PRICES), capacity), dtype=np.float64)
        self._filled = np.empty(capacity, dtype=np.bool_)

    def _write(self, candles: Candles) -> None:
        span = slice(self._size, self._size + len(candles))
        self._time[span] = candles.time
        for column, name in zip(self._prices, _PRICES, strict=True):
            column[span] = getattr(candles, name)
        self._filled[span] = candles.filled
        self._size = span.stop
        self._views.clear()


def empty(instrument: str, timeframe: str) -> Candles:
    """Return no candles of a series."""
    return Candles.from_rows(instrument, timeframe, ())


def after(candles: Candles, time: int | None) -> Candles:
    """Return the candles that opened after `time`, all of them for None."""
    return candles if time is None else candles[int(np.searchsorted(candles.time, time, side="right")) :]


def before(candles: Candles, time: int | None) -> Candles:
    """Return the candles that opened before `time`, all of them for None."""
    return candles if time is None else candles[: int(np.searchsorted(candles.time, time, side="left"))]


def merge(first: Candles, second: Candles) -> Candles:
    """Return the candles of both in order of time; where both have one of a time, the first's."""
    times, rows = np.unique(np.concatenate([first.time, second.time]), return_index=True)
    columns = (np.concatenate([getattr(first, name), getattr(second, name)])[rows] for name in (*_PRICES, "filled"))
    return Candles(first.instrument, first.timeframe, times, *columns)


def fill_gaps(candles: Candles, limit: int) -> Candles:
    """Return the last `limit` candles without a gap: a missing one is made from the close before it, and marked.

    No candle that is there is dropped or moved, not even one off the grid (a day that the clocks were changed on).
    """
    if not len(candles):
        return candles
    step, times = timeframe_ms(candles.timeframe), candles.time
    steps = np.rint(np.diff(times) / step).astype(np.int64)
    repeats = np.append(np.clip(steps, 1, max(1, limit)), 1)
    source = np.repeat(np.arange(len(times)), repeats)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    made = offset > 0
    # Counted back from the candle after the gap, so that a gap beyond the limit keeps its end.
    time = np.where(made, np.append(times[1:], 0)[source] - step * (repeats[source] - offset), times[source])
    close = candles.close[source]
    opens, highs, lows = (np.where(made, close, column[source]) for column in (candles.open, candles.high, candles.low))
    volume = np.where(made, 0.0, candles.volume[source])
    return Candles(candles.instrument, candles.timeframe, time, opens, highs, lows, close, volume, made | candles.filled[source]).tail(
        limit
    )
