"""A process that trades on a simulated venue as fast as it can and says what the venue answers and tells. A test kills it."""

import asyncio
import sys
from pathlib import Path

from styrman.clock import SystemClock
from styrman.domain.market import Side
from styrman.domain.orders import Fill
from styrman.venues.simulated import SimulatedVenue
from unit.venues.orders import send


def say(*words: str) -> None:
    """Write a line that survives this process."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


async def trade(venue: SimulatedVenue, clock: SystemClock) -> None:
    """Place orders for ever: some trade at once, some rest, every third is taken off again."""
    while True:
        taken = await send(venue, clock, Side.BUY, "0.001")
        rested = await send(venue, clock, Side.BUY, "0.01", "1000.00")
        for report in (taken, rested):
            say("order", report.venue_order_id, report.status)
        if int(rested.venue_order_id) % 3 == 0:
            canceled = await venue.cancel_order("BTC/USDT", rested.venue_order_id)
            say("order", canceled.venue_order_id, canceled.status)


async def listen(venue: SimulatedVenue) -> None:
    """Say every fill."""
    async for happening in venue.stream_account():
        if isinstance(happening, Fill):
            say("fill", happening.trade_id)


async def main(folder: Path) -> None:
    """Trade with several hands, and listen."""
    clock = SystemClock()
    venue = SimulatedVenue("sim", {}, folder=folder, clock=clock)
    await venue.open()
    await asyncio.gather(listen(venue), *(trade(venue, clock) for _ in range(4)))


asyncio.run(main(Path(sys.argv[1])))
