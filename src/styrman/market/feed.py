"""Reading a venue's streams for ever: reconnecting with backoff, and closing what was opened. Understands nothing of what it reads."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from styrman.clock import Clock
from styrman.log import get_logger

T = TypeVar("T")

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 30.0
STEADY_S = 60.0  # a connection that held so long starts the backoff afresh

log = get_logger()


async def keep_connected(name: str, clock: Clock, session: Callable[[], Awaitable[None]]) -> None:
    """Run one session after another until cancelled. A session that returns has lost its stream as much as one that raises."""
    failures = 0
    while True:
        began = clock.monotonic()
        error: Exception | None = None
        try:
            await session()
        except Exception as raised:  # noqa: BLE001 - whatever an adapter raises, the bots that read this feed must get it back
            error = raised
        failures = 0 if clock.monotonic() - began > STEADY_S else failures
        delay_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2**failures)
        failures += 1
        log.warning("market stream lost, reconnecting", feed=name, retry_in_s=delay_s, error=error)
        await clock.sleep(delay_s)


@asynccontextmanager
async def reading(stream: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close the stream on leaving, also where the reader was cancelled between two items."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
