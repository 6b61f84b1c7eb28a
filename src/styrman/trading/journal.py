"""The journal as trading and manager use it: rows are durable first, and what happened is told to the world after."""

import asyncio
from collections.abc import Callable, Sequence

from styrman.domain.events import Event
from styrman.domain.records import BotMemory, Row
from styrman.errors import StoreFailed
from styrman.log import get_logger
from styrman.ports import Store

log = get_logger()


class Journal:
    """Commits rows and then hands the events among them to whoever listens, in the order of the commits' ends."""

    def __init__(self, store: Store, *, tell: Callable[[Sequence[Event]], None], failed: Callable[[StoreFailed], None]) -> None:
        self._store = store
        self._tell = tell
        self._failed = failed
        self.failures = 0  # in a row

    async def attempt(self, event: Event) -> None:
        """Write an event that nothing rests on; where that fails it is in the log alone."""
        try:
            await self.write(event)
        except StoreFailed as error:
            log.error("an event could not be journaled", event_name=event.name, bot_id=event.bot_id, error=error.detail)

    async def write(self, *rows: Row, urgent: bool = False) -> None:
        """Return once the rows are durable and their events told. StoreFailed: nothing was written, nothing is told."""
        if not rows:
            return
        # The store takes what is urgent first, each kind in order: so that no older memory is written over a newer, all are of one kind.
        urgent = urgent or any(isinstance(row, BotMemory) for row in rows)
        try:
            await self._store.commit(*rows, urgent=urgent)
        except StoreFailed as error:
            self.failures += 1
            self._failed(error)
            raise
        self.failures = 0
        events = [row for row in rows if isinstance(row, Event)]
        if events:
            # After the caller has shown what it committed: nobody hears of a change before a read can see it.
            asyncio.get_running_loop().call_soon(self._tell, events)
