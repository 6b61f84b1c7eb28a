"""How often and when each bot ran, packed: one pair of arrays per 512 bots, so that counting costs nothing and saving is one row a page.

It counts; it decides nothing. Used on the event loop alone.
"""

from array import array
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from styrman.domain.records import CounterPage

SHIFT: Final = 9
PAGE_SLOTS: Final = 1 << SHIFT
SAMPLES_KEPT: Final = 16_384
_PLACE: Final = PAGE_SLOTS - 1
_COUNT_BYTES: Final = PAGE_SLOTS * 8


class Samples:
    """The last measurements of one thing, in seconds, in a ring."""

    __slots__ = ("_ring", "count", "total")

    def __init__(self, capacity: int = SAMPLES_KEPT) -> None:
        self._ring = array("d", bytes(8 * capacity))
        self.count = 0  # of all measurements ever, as is `total`
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Take a measurement."""
        self._ring[self.count % len(self._ring)] = seconds
        self.count += 1
        self.total += seconds

    def quantiles(self, *wanted: float) -> tuple[float, ...]:
        """Return quantiles, each named by a fraction in [0, 1], of the measurements that are kept; zeros where there is none."""
        kept = np.frombuffer(self._ring)[: self.count]
        return tuple(np.quantile(kept, wanted).tolist()) if len(kept) else (0.0,) * len(wanted)

    def gauge(self, *wanted: float) -> Mapping[tuple[str, ...], float]:
        """Return the quantiles by label, as `Telemetry.gauges` wants them."""
        return {(str(fraction),): value for fraction, value in zip(wanted, self.quantiles(*wanted), strict=True)}


class CycleStats:
    """Cycle counts and last-cycle times (wall) by slot, and how late and how long cycles were."""

    def __init__(self) -> None:
        self.cycles = 0  # of all bots, since this process began
        self.lateness = Samples()  # from when a cycle was due to when it began
        self.durations = Samples()
        self._pages: list[_Page] = []
        self._dirty: set[int] = set()

    def bump(self, slot: int, at: float) -> None:
        """Count one cycle of a slot, ended at wall time `at` in seconds since the epoch."""
        number = slot >> SHIFT
        page = self._pages[number] if number < len(self._pages) else self._page(number)
        place = slot & _PLACE
        page.counts[place] += 1
        page.times[place] = at
        self._dirty.add(number)
        self.cycles += 1

    def count(self, slot: int) -> int:
        """Return how many cycles the slot's bot ever ended."""
        return self._page(slot >> SHIFT).counts[slot & _PLACE]

    def last_at(self, slot: int) -> datetime | None:
        """Return when the slot's bot last ended a cycle; None where it never did."""
        at = self._page(slot >> SHIFT).times[slot & _PLACE]
        return datetime.fromtimestamp(at, UTC) if at else None

    def reset(self, slot: int) -> None:
        """Forget what a slot counted: its bot was reset, or it goes to another bot."""
        page, place = self._page(slot >> SHIFT), slot & _PLACE
        page.counts[place], page.times[place] = 0, 0.0
        self._dirty.add(slot >> SHIFT)

    def pages(self) -> list[CounterPage]:
        """Return the pages that changed since the last call, to be committed."""
        changed, self._dirty = sorted(self._dirty), set()
        return [CounterPage(first=number << SHIFT, body=self._pages[number].pack()) for number in changed]

    def load(self, pages: Iterable[CounterPage]) -> None:
        """Take over what an earlier process committed."""
        for page in pages:
            self._page(page.first >> SHIFT).unpack(page.body)

    def gauges(self) -> Mapping[str, Mapping[tuple[str, ...], float]]:
        """Return what a scrape of the metrics reads here; for `Telemetry.gauges`."""
        return {
            "cycles": {(): float(self.cycles)},
            "cycle_seconds": self.durations.gauge(0.5, 0.99),
            "lateness_seconds": self.lateness.gauge(0.5, 0.99),
        }

    def _page(self, number: int) -> "_Page":
        while number >= len(self._pages):
            self._pages.append(_Page())
        return self._pages[number]


class _Page:
    """The counts (int64) and times (float64) of 512 slots, in the byte order of the machine: little endian wherever styrman runs."""

    __slots__ = ("counts", "times")

    def __init__(self) -> None:
        self.unpack(bytes(2 * _COUNT_BYTES))

    def pack(self) -> bytes:
        """Return both arrays, the counts first."""
        return self.counts.tobytes() + self.times.tobytes()

    def unpack(self, body: bytes) -> None:
        """Become what `pack` returned."""
        self.counts = array("q", body[:_COUNT_BYTES])
        self.times = array("d", body[_COUNT_BYTES:])
