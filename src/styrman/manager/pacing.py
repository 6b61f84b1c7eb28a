"""Restarts are paced per venue: a token bucket, and a single probe at a time once the venue itself seems to be the trouble."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from styrman.clock import Clock

STORM_WINDOW_S = 30.0
STORM_SHARE = 5  # a storm: one in five of the venue's bots failed within the window
STORM_MINIMUM = 5  # fewer failures are no storm, however few bots there are
PROBE_TIMEOUT_S = 60.0


@dataclass(slots=True)
class _Venue:
    tokens: float
    filled_at: float
    crashes: deque[float] = field(default_factory=deque)
    storm: bool = False
    probe_at: float | None = None  # since when a probe is out


class VenuePace:
    """How fast each venue's bots are restarted: `rate` a second; in a storm one probe until it succeeds."""

    def __init__(self, rate: float, clock: Clock, *, bots: Callable[[str], int]) -> None:
        """`bots` says how many bots a venue has."""
        self._rate = rate
        self._clock = clock
        self._bots = bots
        self._venues: dict[str, _Venue] = {}

    def allows(self, venue: str) -> bool:
        """Whether a restart may happen now; takes the token where it may."""
        now, pace = self._clock.monotonic(), self._of(venue)
        if pace.storm:
            if pace.probe_at is not None and now - pace.probe_at < PROBE_TIMEOUT_S:
                return False
            pace.probe_at = now
            return True
        pace.tokens = min(self._rate, pace.tokens + (now - pace.filled_at) * self._rate)
        pace.filled_at = now
        if pace.tokens < 1:
            return False
        pace.tokens -= 1
        return True

    def crashed(self, venue: str) -> None:
        """Note a crash of one of the venue's bots."""
        at, pace = self._clock.monotonic(), self._of(venue)
        pace.crashes.append(at)
        while pace.crashes and pace.crashes[0] < at - STORM_WINDOW_S:
            pace.crashes.popleft()
        pace.probe_at = None
        pace.storm = pace.storm or len(pace.crashes) >= max(STORM_MINIMUM, self._bots(venue) / STORM_SHARE)

    def succeeded(self, venue: str) -> None:
        """Note a start that became ready: a storm is over."""
        pace = self._of(venue)
        pace.storm, pace.probe_at = False, None

    def is_storm(self, venue: str) -> bool:
        """Whether the venue's bots wait for a probe to succeed."""
        return self._of(venue).storm

    def _of(self, venue: str) -> _Venue:
        return self._venues.setdefault(venue, _Venue(self._rate, self._clock.monotonic()))
