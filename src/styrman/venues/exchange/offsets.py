"""The venue's clock against ours: measured at the opening, once a minute, and whenever the venue refuses our time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from styrman.clock import Clock
from styrman.domain.market import from_ms
from styrman.errors import VenueError
from styrman.log import get_logger

log = get_logger()
MEASURED_EVERY_S = 60.0
TRUSTED_FOR_S = 180.0


class Offset:
    """The venue's clock minus ours. The answer is taken to have been made half-way between question and answer."""

    def __init__(self, venue: str, fetch_ms: Callable[[], Awaitable[int]], clock: Clock) -> None:
        self._venue = venue
        self._fetch_ms = fetch_ms
        self._clock = clock
        self._measured: timedelta | None = None
        self._measured_at = 0.0
        self._again = asyncio.Event()

    @property
    def known(self) -> timedelta | None:
        """As last measured; None where that is too long ago, or has never been."""
        fresh = self._clock.monotonic() - self._measured_at <= TRUSTED_FOR_S
        return self._measured if fresh else None

    def now(self) -> datetime:
        """Return the venue's time, as well as we know it."""
        return self._clock.now() + (self._measured or timedelta(0))

    def measure_soon(self) -> None:
        """Measure as soon as the loop comes to it: the venue refused our time."""
        self._again.set()

    async def measure(self) -> None:
        """Measure once. VenueError."""
        asked, began = self._clock.now(), self._clock.monotonic()
        theirs = from_ms(await self._fetch_ms())
        self._measured_at = self._clock.monotonic()
        self._measured = theirs - asked - timedelta(seconds=(self._measured_at - began) / 2)

    async def keep(self) -> None:
        """Measure for ever. Runs as the task `venue:NAME:clock`."""
        while True:
            await self._wait()
            try:
                await self.measure()
            except VenueError as error:
                log.warning("the venue's clock could not be measured; trying again", venue=self._venue, error=error.detail)

    async def _wait(self) -> None:
        """Wait a minute, or until somebody asks; those who ask all at once, or again and again, get one measurement a second."""
        pause = asyncio.ensure_future(self._clock.sleep(MEASURED_EVERY_S))
        asked = asyncio.ensure_future(self._again.wait())
        try:
            await asyncio.wait({pause, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            asked.cancel()
        if self._again.is_set():
            self._again.clear()
            await self._clock.sleep(max(0.0, 1.0 - (self._clock.monotonic() - self._measured_at)))
