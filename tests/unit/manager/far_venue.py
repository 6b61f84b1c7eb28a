"""A composition root with a second venue, `far`, that can't be reached until the test lets it be."""

import asyncio
from dataclasses import replace

from styrman import runtime
from styrman.clock import Clock
from styrman.config import Settings
from styrman.errors import VenueUnavailable
from styrman.manager.wiring import Wiring
from styrman.market.hub import MarketHub
from styrman.venues.simulated import SimulatedVenue

reachable = asyncio.Event()


class FarVenue(SimulatedVenue):
    async def open(self) -> None:
        if not reachable.is_set():
            raise VenueUnavailable("Venue 'far' does not answer.")
        await super().open()


def wire(settings: Settings, clock: Clock) -> Wiring:
    wiring = runtime.wire(settings, clock)
    far = FarVenue("far", {}, folder=settings.home / "venues" / "far", clock=clock)
    venues = {**wiring.venues, "far": far}
    return replace(wiring, venues=venues, market=MarketHub(venues, clock))
