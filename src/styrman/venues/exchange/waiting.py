"""Waiting for an event, but no longer than until a moment of the clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from styrman.clock import Clock


@asynccontextmanager
async def alarm(clock: Clock, event: asyncio.Event, delay_s: float) -> AsyncIterator[None]:
    """Set the event after `delay_s`, unless the block is left before."""

    async def ring() -> None:
        await clock.sleep(delay_s)
        event.set()

    ringing = asyncio.create_task(ring(), name="venue:alarm")
    try:
        yield
    finally:
        ringing.cancel()
