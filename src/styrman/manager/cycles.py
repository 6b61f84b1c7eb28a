"""Counts cycles, and how long and how late they were: what bots tell the manager about time."""

from styrman.clock import Clock
from styrman.manager.stats import CycleStats


class Cycles:
    """The `CycleClock` of every bot of this process."""

    def __init__(self, clock: Clock) -> None:
        self.stats = CycleStats()
        self._clock = clock

    def began(self, slot: int, late_s: float) -> None:
        """Note that a cycle begins, and how late."""
        del slot
        self.stats.lateness.add(late_s)

    def ended(self, slot: int, took_s: float) -> None:
        """Note that a cycle ended."""
        self.stats.bump(slot, self._clock.timestamp())
        self.stats.durations.add(took_s)
