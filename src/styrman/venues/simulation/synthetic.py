"""The synthetic market: minute candles as a pure function of (seed, instrument, minute), drawn a day at a time.

A day's end price is pinned to a slow fractal (`_level`), so any day can be drawn without those before it; within the day returns
follow an EGARCH(1,1) (Nelson 1991) with Student-t shocks under regimes of four hours: trend, range, volatile.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np

from styrman.domain.market import Candles, FloatColumn
from styrman.venues.simulation.frames import joined
from styrman.venues.simulation.source import Listing
from styrman.venues.simulation.universe import UNIVERSE, Asset

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_DAY = 1440  # minutes
_CACHED_DAYS = 64  # about 70 kB each

_FREEDOM = 4  # of the Student-t shocks: fat tails with a finite variance
_CLUSTERING, _PERSISTENCE = 0.25, 0.97  # EGARCH's alpha and beta
_MEMORY = 360  # minutes of the day before that still weigh on volatility: 0.97 ** 360 is nothing
_MEAN_ABS_SHOCK, _LARGEST_NEWS = 0.707, 4.0  # E|z| of a unit-variance t(4); news beyond this no longer stirs volatility

_SECTION = 240  # minutes of one regime
_REGIMES = np.array([(0.09, 0.9), (-0.09, 0.9), (0.0, 0.65), (0.0, 2.0)])  # drift, volatility: up, down, range, wild
_ODDS = (0.2, 0.2, 0.4, 0.2)
_RANGE = 2

_OCTAVES = 11  # the slowest wave of the level lasts 2 ** 10 days


class SyntheticSource:
    """About thirty instruments against USDT, at any market time, for ever. Memory is bounded by the days it keeps."""

    def __init__(self, seed: int, start_ms: int) -> None:
        self._seed = seed
        self._day = lru_cache(maxsize=_CACHED_DAYS)(self._draw_day)
        self.fingerprint = f"synthetic:{seed}"
        self.start_ms = start_ms - start_ms % MINUTE_MS
        self.end_ms: int | None = None
        self.listings = {name: Listing(rules=asset.rules, base_ms=MINUTE_MS, first_ms=0) for name, asset in UNIVERSE.items()}

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        """Return the minute candles that open in the span."""
        parts = []
        for number in range(start_ms // DAY_MS, -(-end_ms // DAY_MS)):
            midnight = number * DAY_MS
            first, last = (min(_DAY, max(0, -((midnight - edge) // MINUTE_MS))) for edge in (start_ms, end_ms))
            parts.append(self._day(instrument, number)[first:last])
        return joined(instrument, "1m", parts)

    def _draw_day(self, instrument: str, number: int) -> Candles:
        asset = UNIVERSE[instrument]
        draws = self._generator(instrument, number)
        shocks = _shocks(draws)
        news = np.concatenate([_shocks(self._generator(instrument, number - 1))[-_MEMORY:], shocks])
        regimes = draws.choice(len(_REGIMES), size=_DAY // _SECTION, p=_ODDS)
        drift, wildness = (np.repeat(column, _SECTION) for column in _REGIMES[regimes].T)
        deviation = asset.daily_volatility / np.sqrt(_DAY) * wildness * _volatility(news)[_MEMORY:]
        returns = deviation * (shocks + drift)
        _hold_ranges(returns, regimes)
        begin, end = self._level(asset, number), self._level(asset, number + 1)
        path = begin + np.cumsum(returns + (end - begin - returns.sum()) / _DAY)
        return _candles(asset, number * DAY_MS, np.concatenate([[begin], path]), deviation, draws)

    def _generator(self, instrument: str, number: int) -> np.random.Generator:
        """Return the stream of one day of one instrument: a counter-based generator needs none of the days before."""
        key = self._hash(f"{self._seed}:{instrument}", 16)
        return np.random.Generator(np.random.Philox(key=key, counter=(number % 2**64) << 192))

    def _level(self, asset: Asset, number: int) -> float:
        """Return the log price at midnight: a sum of waves, each twice as slow as the last and the square root of two as high."""
        height = 0.0
        for octave in range(_OCTAVES):
            left, within = divmod(number, 2**octave)
            here, there = (self._hash(f"{self._seed}:{asset.base}:{octave}:{point}", 8) / 2**63 - 1 for point in (left, left + 1))
            height += 2 ** (octave / 2) * (here + (there - here) * within / 2**octave)
        return float(np.log(asset.level) + asset.daily_volatility * height)

    @staticmethod
    def _hash(text: str, size: int) -> int:
        return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), "big")


def _shocks(draws: np.random.Generator) -> FloatColumn:
    """Draw a day of unit-variance Student-t shocks; always the first draws of a stream."""
    shocks: FloatColumn = draws.standard_t(_FREEDOM, _DAY) * np.sqrt((_FREEDOM - 2) / _FREEDOM)
    return shocks


def _volatility(shocks: FloatColumn) -> FloatColumn:
    """Return each minute's volatility, about 1: log variance decays by beta and is stirred by alpha times the minute before's news.

    The recursion y[t] = beta * y[t-1] + news[t-1] is summed in closed form, since news depends on the shocks alone.
    """
    news = _CLUSTERING * (np.minimum(np.abs(shocks), _LARGEST_NEWS) - _MEAN_ABS_SHOCK)
    decay = _PERSISTENCE ** np.arange(len(news))
    log_variance = np.concatenate([[0.0], (decay * np.cumsum(news / decay))[:-1]])
    volatility: FloatColumn = np.exp(log_variance / 2)
    return volatility


def _hold_ranges(returns: FloatColumn, regimes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    """Let each range end where it began."""
    sections = returns.reshape(-1, _SECTION)
    held = regimes == _RANGE
    sections[held] -= sections[held].mean(axis=1, keepdims=True)


def _candles(asset: Asset, midnight: int, path: FloatColumn, deviation: FloatColumn, draws: np.random.Generator) -> Candles:
    """Hang wicks and volume on the path of minute closes (1441 log prices)."""
    body_high, body_low = np.maximum(path[:-1], path[1:]), np.minimum(path[:-1], path[1:])
    wicks = np.abs(draws.standard_normal((2, _DAY))) * deviation / 2
    excitement = deviation / (asset.daily_volatility / np.sqrt(_DAY)) + np.abs(np.diff(path)) / deviation
    turnover = asset.daily_turnover / _DAY * excitement / 2 * np.exp(draws.normal(-0.125, 0.5, _DAY))
    logs = (path[:-1], body_high + wicks[0], body_low - wicks[1], path[1:])
    opens, highs, lows, closes = (np.round(np.exp(column), asset.price_decimals) for column in logs)
    volume = np.round(turnover / np.exp(path[1:]), asset.quantity_decimals)
    return Candles(asset.instrument, "1m", midnight + np.arange(_DAY) * MINUTE_MS, opens, highs, lows, closes, volume)
