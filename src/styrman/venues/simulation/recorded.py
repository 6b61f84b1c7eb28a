"""A recorded market: candles from files, each instrument at its own pace of the recording, played again and again or once.

Recordings that overlap in time keep their true alignment. Those that don't (other years) are shifted to open together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import structlog

from styrman.domain.market import COLUMNS, Candles, FloatColumn, InstrumentRules, timeframe_ms
from styrman.errors import ConfigInvalid
from styrman.venues.simulation.files import SUFFIXES, instrument_of, read_candles
from styrman.venues.simulation.frames import joined
from styrman.venues.simulation.source import Listing

log = structlog.get_logger(__name__)

_MAX_DECIMALS = 8
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class _Reel:
    """Recordings that run side by side: where they begin, how long one pass takes, and how far they are shifted into market time."""

    first_ms: int
    period_ms: int
    shift_ms: int = 0


class RecordedSource:
    """What the files hold, by market time. Built by `load_recording`."""

    def __init__(self, recordings: Sequence[Candles], *, history: int, repeat: bool) -> None:
        self._recordings = {candles.instrument: candles for candles in recordings}
        self._repeat = repeat
        base_ms = {candles.instrument: timeframe_ms(candles.timeframe) for candles in recordings}
        grid = max(base_ms.values())
        groups = list(_overlapping(recordings))
        openings = [_opening(group, history, grid) for group in groups]
        self.start_ms = max(openings)
        self._reels: dict[str, _Reel] = {}
        for group, opening in zip(groups, openings, strict=True):
            reel = replace(_reel(group, grid), shift_ms=self.start_ms - opening)
            self._reels.update((candles.instrument, reel) for candles in group)
        ends = [reel.first_ms + reel.period_ms + reel.shift_ms for reel in self._reels.values()]
        self.end_ms = None if repeat else max(ends)
        self.listings = {name: self._listing(candles, base_ms[name]) for name, candles in sorted(self._recordings.items())}
        spans = sorted((c.instrument, c.timeframe, len(c), int(c.time[0]), int(c.time[-1])) for c in recordings)
        self.fingerprint = f"recorded:{sha256(repr((spans, repeat)).encode()).hexdigest()[:16]}"

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        """Return the candles that open in the span, from as many passes of the recording as it touches."""
        recording, reel = self._recordings[instrument], self._reels[instrument]
        parts = []
        begin, end = (edge - reel.shift_ms - reel.first_ms for edge in (start_ms, end_ms))
        for turn in range(max(0, begin // reel.period_ms), self._turns(-(-end // reel.period_ms))):
            played = turn * reel.period_ms
            first, last = np.searchsorted(recording.time, (begin - played + reel.first_ms, end - played + reel.first_ms))
            if last > first:
                parts.append(_shifted(recording[first:last], played + reel.shift_ms))
        return joined(instrument, recording.timeframe, parts)

    def _turns(self, wanted: int) -> int:
        return wanted if self._repeat else min(1, wanted)

    def _listing(self, candles: Candles, base_ms: int) -> Listing:
        base, _, quote = candles.instrument.partition("/")
        prices = np.concatenate([candles.open, candles.high, candles.low, candles.close])
        step = _step(candles.volume)
        rules = InstrumentRules(
            candles.instrument, base, quote.partition(":")[0], price_tick=_step(prices), quantity_step=step, min_quantity=step
        )
        return Listing(rules=rules, base_ms=base_ms, first_ms=int(candles.time[0]) + self._reels[candles.instrument].shift_ms)


def load_recording(path: Path, *, history: int, repeat: bool) -> RecordedSource:
    """Read a file, or every file of a folder that is named after an instrument. ConfigInvalid. Blocks: for a thread."""
    files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]
    if any(file.suffix not in SUFFIXES for file in files):
        raise ConfigInvalid(f"{path} is no recording: a file of candles ends in {' or '.join(SUFFIXES)}.")
    named = [(file, name) for file in files if (name := instrument_of(file))]
    if not named:
        folders = sorted(entry.name for entry in path.iterdir() if entry.is_dir()) if path.is_dir() else []
        hint = f" Name one of its folders: {', '.join(folders)}." if folders else " Name it like BTC_USDT_1m.csv."
        raise ConfigInvalid(f"{path} holds no file named after an instrument.{hint}")
    parts: dict[str, list[Candles]] = {}
    for file, name in named:
        parts.setdefault(name, []).append(read_candles(file, name))
    return RecordedSource([_one_recording(name, found) for name, found in parts.items()], history=history, repeat=repeat)


def _one_recording(instrument: str, parts: Sequence[Candles]) -> Candles:
    """Join an instrument's files: of the finest frame, those that follow each other within a day; of several such runs the longest."""
    finest = min(parts, key=lambda part: timeframe_ms(part.timeframe)).timeframe
    runs: list[list[Candles]] = []
    for part in sorted((part for part in parts if part.timeframe == finest), key=lambda part: int(part.time[0])):
        follows = runs and int(part.time[0]) - int(runs[-1][-1].time[-1]) <= _DAY_MS
        runs[-1].append(part) if follows else runs.append([part])
    longest = max(runs, key=lambda run: sum(len(part) for part in run))
    if len(longest) < len(parts):
        log.warning("recordings left out", instrument=instrument, files=len(parts), played=len(longest), timeframe=finest)
    run = joined(instrument, finest, longest)
    time, once = np.unique(run.time, return_index=True)
    return Candles(instrument, finest, time, *(getattr(run, name)[once] for name in COLUMNS[1:]))


def _overlapping(recordings: Iterable[Candles]) -> Iterable[list[Candles]]:
    """Yield the recordings in groups that overlap in time, directly or through others."""
    group: list[Candles] = []
    reached = 0
    for candles in sorted(recordings, key=lambda candles: int(candles.time[0])):
        if group and int(candles.time[0]) > reached:
            yield group
            group = []
        group.append(candles)
        reached = max(reached, int(candles.time[-1]))
    yield group


def _reel(group: Sequence[Candles], grid: int) -> _Reel:
    first = min(int(candles.time[0]) for candles in group)
    last = max(int(candles.time[-1]) + timeframe_ms(candles.timeframe) for candles in group)
    return _Reel(first, -(-(last - first) // grid) * grid)


def _opening(group: Sequence[Candles], history: int, grid: int) -> int:
    """Return when a group's market opens: after its history, but not past the middle of what all of it has. On the grid."""
    latest, soonest_end = max(int(c.time[0]) for c in group), min(int(c.time[-1]) for c in group)
    begin = min(latest, soonest_end)
    base_ms = max(timeframe_ms(candles.timeframe) for candles in group)
    wanted = begin + min(history * base_ms, max(0, soonest_end - begin) // 2)
    return -(-wanted // grid) * grid


def _shifted(candles: Candles, by_ms: int) -> Candles:
    if not by_ms:
        return candles
    return Candles(candles.instrument, candles.timeframe, candles.time + by_ms, *(getattr(candles, name) for name in COLUMNS[1:]))


def _step(column: FloatColumn) -> Decimal:
    """Return the smallest power of ten that every figure is a multiple of, but not below eight decimals."""
    whole = (d for d in range(_MAX_DECIMALS) if np.allclose(np.round(column, d), column, rtol=0, atol=10.0**-_MAX_DECIMALS / 2))
    return Decimal(1).scaleb(-next(whole, _MAX_DECIMALS))
