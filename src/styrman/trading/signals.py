"""From signals to targets: a position is entered at one signal and held until another. Vectorised, pure, causal."""

import numpy as np
from numpy.typing import NDArray

from styrman.domain.market import FloatColumn


def hold(enter: NDArray[np.bool_], leave: NDArray[np.bool_]) -> FloatColumn:
    """Return 1 from each entry until the next exit, 0 from there on, NaN (no opinion) before the first of either; an entry wins a tie.

    A value depends on the last signal alone: a shorter history gives the same value, or NaN where it doesn't reach back that far.
    """
    signals = np.where(enter, 1.0, np.where(leave, 0.0, np.nan))
    if not len(signals):
        return signals
    last_signal = np.maximum.accumulate(np.where(np.isnan(signals), 0, np.arange(len(signals))))
    held: FloatColumn = signals[last_signal]
    return held


def long_and_short(long: FloatColumn, short: FloatColumn) -> FloatColumn:
    """Return the target of two held sides, where entering one leaves the other; NaN while a side that may be held has had no signal."""
    both: FloatColumn = np.where(long == 1, 1.0, np.where(short == 1, -1.0, long + short))
    return both
