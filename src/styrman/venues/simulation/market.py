"""The market that is played: closed candles in every frame, prices at every step, and never anything that has not happened yet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from styrman.domain.market import Candles, InstrumentRules, timeframe_ms
from styrman.domain.spec import Selector
from styrman.errors import VenueRefused
from styrman.venues.simulation.frames import aggregate, bar_after, bar_start, frame_name
from styrman.venues.simulation.options import SimulationOptions
from styrman.venues.simulation.quotes import STEPS, Bar, Quote
from styrman.venues.simulation.source import Source

_SCAN = 1440  # candles looked through at once for a price that matters
_SILENCE = (8, 512, 65_536)  # candles looked back through, in turn, for the last price before a gap
_DAY_MS = 86_400_000
_MARGIN = 1e-6  # prices are floats here and ticks where orders are matched


class Market:
    """One source, with this venue's fees, spread and participation. Stateless but for the candle each instrument is in."""

    def __init__(self, source: Source, options: SimulationOptions) -> None:
        self._source = source
        self._options = options
        self._current: dict[str, Bar] = {}
        self._turnover: tuple[int, dict[str, float]] = (-1, {})
        self.rules: Mapping[str, InstrumentRules] = {
            name: replace(listing.rules, maker_fee=options.maker_fee, taker_fee=options.taker_fee)
            for name, listing in source.listings.items()
        }
        self.page_ms = min(listing.base_ms for listing in source.listings.values())  # the finest candle
        self.step_ms = self.page_ms // STEPS

    def base_ms(self, instrument: str) -> int:
        """Return the length of the instrument's own candles. VenueRefused where it isn't traded here."""
        if instrument not in self.rules:
            raise VenueRefused(f"{instrument!r} is not traded here; there are {', '.join(list(self.rules)[:40])}.")
        return self._source.listings[instrument].base_ms

    def frame_ms(self, instrument: str, timeframe: str) -> int:
        """Return the length of a time frame that the instrument can be read in; VenueRefused where it can't."""
        frame_ms, base_ms = timeframe_ms(timeframe), self.base_ms(instrument)
        if frame_ms % base_ms:
            raise VenueRefused(f"{instrument} has candles of {frame_name(base_ms)} and multiples of it; {timeframe!r} is none.")
        return frame_ms

    def history_ms(self, instrument: str, frame_ms: int) -> int:
        """Return the market time before which there are no candles of this frame."""
        return max(self._source.listings[instrument].first_ms, self._source.start_ms - self._options.history * frame_ms)

    def closed(self, instrument: str, timeframe: str, after_ms: int, until_ms: int) -> Candles:
        """Return the candles that lie within [after_ms, until_ms] whole."""
        frame_ms = self.frame_ms(instrument, timeframe)
        begin = bar_after(max(after_ms, self._source.listings[instrument].first_ms), frame_ms)
        base = self._source.candles(instrument, begin, max(begin, bar_start(until_ms, frame_ms)))
        return base if base.timeframe == timeframe else aggregate(base, timeframe)

    def quote(self, instrument: str, at_ms: int) -> Quote | None:
        """Return the prices at a market time; None before the instrument's first candle."""
        bar = self._bar(instrument, at_ms)
        return None if bar is None else bar.quote(at_ms)

    def bar_volume(self, instrument: str, at_ms: int) -> float:
        """Return what trades, all in all, in the candle that is under way at a market time."""
        bar = self._bar(instrument, at_ms)
        return 0.0 if bar is None else bar.volume

    def steps(self, instrument: str, after_ms: int, until_ms: int) -> Iterator[Quote]:
        """Yield the quotes of the steps in (after_ms, until_ms], in order."""
        step_ms = self.base_ms(instrument) // STEPS
        for at_ms in range(bar_after(after_ms + 1, step_ms), until_ms + 1, step_ms):
            quote = self.quote(instrument, at_ms)
            if quote is not None:
                yield quote

    def next_touch(self, instrument: str, after_ms: int, until_ms: int, *, falls: float, rises: float) -> int:
        """Return the last moment in [after_ms, until_ms] before which no price can have got down to `falls` or up to `rises`.

        It may be called too early, never too late: the caller plays the candle that follows.
        """
        base_ms = self.base_ms(instrument)
        spread = 1 + self._options.spread + _MARGIN
        while after_ms < until_ms:
            bar = self._bar(instrument, after_ms + 1)
            if bar is not None and (bar.low <= falls * spread or bar.high * spread >= rises):
                return after_ms
            begin = bar_start(after_ms + 1, base_ms) + base_ms
            end = min(begin + _SCAN * base_ms, until_ms + 1)
            if begin >= end:
                return until_ms
            ahead = self._source.candles(instrument, begin, end)
            touched = np.flatnonzero((ahead.low <= falls * spread) | (ahead.high * spread >= rises))
            after_ms = (int(ahead.time[touched[0]]) if len(touched) else end) - 1
        return until_ms

    def select(self, selector: Selector, now_ms: int) -> tuple[str, ...]:
        """Return the selector's instruments by the quote volume of the last day of market time, highest first."""
        minute = now_ms // 60_000
        if self._turnover[0] != minute:
            self._turnover = minute, {name: self._traded(name, now_ms) for name in self.rules}
        turnover = self._turnover[1]
        wanted = (name for name, rules in self.rules.items() if rules.quote == selector.quote and name not in selector.exclude)
        return tuple(sorted(wanted, key=lambda name: (-turnover[name], name))[: selector.top])

    def _traded(self, instrument: str, now_ms: int) -> float:
        day = self._source.candles(instrument, now_ms - _DAY_MS, bar_start(now_ms, self.base_ms(instrument)))
        return float(day.close @ day.volume)

    def _bar(self, instrument: str, at_ms: int) -> Bar | None:
        """Return the candle that is under way at a market time."""
        bar = self._current.get(instrument)
        if bar is not None and bar.start_ms <= at_ms < bar.start_ms + bar.length_ms:
            return bar
        made = self._make_bar(instrument, at_ms)
        if made is not None:
            self._current[instrument] = made
        return made

    def _make_bar(self, instrument: str, at_ms: int) -> Bar | None:
        base_ms = self.base_ms(instrument)
        start = bar_start(at_ms, base_ms)
        found = self._source.candles(instrument, start, start + base_ms)
        if not len(found):
            found = self._silent_candle(instrument, start)
        if not len(found):
            return None
        return Bar(
            rules=self.rules[instrument],
            start_ms=start,
            length_ms=base_ms,
            open=float(found.open[0]),
            high=float(found.high[0]),
            low=float(found.low[0]),
            close=float(found.close[0]),
            volume=float(found.volume[0]),
            spread=self._options.spread,
            participation=self._options.participation,
        )

    def _silent_candle(self, instrument: str, at_ms: int) -> Candles:
        """Return a flat candle at the last price before a gap; none where there was no price yet."""
        for count in _SILENCE:
            before = self._source.candles(instrument, at_ms - count * self.base_ms(instrument), at_ms)
            if len(before):
                close = float(before.close[-1])
                return Candles.from_rows(instrument, before.timeframe, [(at_ms, close, close, close, close, 0.0)])
        return Candles.from_rows(instrument, "1m", ())
