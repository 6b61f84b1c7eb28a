"""Simulated venues on their defaults, by a clock that the test drives."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import JsonValue

from styrman.clock import ManualClock
from styrman.venues.simulated import SimulatedVenue

OpenVenue = Callable[..., Awaitable[SimulatedVenue]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def open_venue(tmp_path: Path, clock: ManualClock) -> AsyncIterator[OpenVenue]:
    """Open a venue with some options in a folder of its own; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def make(folder: str = "sim", **options: JsonValue) -> SimulatedVenue:
            venue = SimulatedVenue("sim", options, folder=tmp_path / "venues" / folder, clock=clock)
            await venue.open()
            stack.push_async_callback(venue.close)
            return venue

        yield make
