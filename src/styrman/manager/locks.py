"""Several locks at once."""

import asyncio
from collections.abc import Iterable


class AllLocks:
    """Holds several locks. They are taken in the order given, which callers keep sorted, so two of these never deadlock."""

    def __init__(self, locks: Iterable[asyncio.Lock]) -> None:
        self._locks = list(locks)
        self._held: list[asyncio.Lock] = []

    async def __aenter__(self) -> None:
        try:
            for lock in self._locks:
                await lock.acquire()
                self._held.append(lock)
        except BaseException:
            self._release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._release()

    def _release(self) -> None:
        for lock in reversed(self._held):
            lock.release()
        self._held.clear()
