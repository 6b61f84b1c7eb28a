"""Whether an account can be traded on: open and recovered, still being opened, or refused. Those who have to know wait here."""

import asyncio

from styrman.errors import VenueError


class Opening:
    """One account's. The venue keeper says how it goes; bots wait for it."""

    def __init__(self) -> None:
        self.recovered = asyncio.Event()  # what an earlier process left open is known
        self.tried = asyncio.Event()  # an attempt has ended, well or not
        self.wanted = asyncio.Event()  # somebody waits: try again at once
        self.refusal: VenueError | None = None  # why the venue will not have us, until an attempt goes well
        self._attempts = 0
        self._told = asyncio.Event()

    def succeed(self) -> None:
        """Note that the account is open and recovered."""
        self.refusal = None
        self.recovered.set()
        self._tell()

    def fail(self, error: VenueError | None) -> None:
        """Note that an attempt failed: refused by the venue, or, with no error, by what may pass."""
        self.refusal = error
        self._attempts += error is not None
        self._tell()

    async def wait(self) -> None:
        """Return once the account is recovered; raise the venue's refusal, should it refuse (again) while we wait."""
        seen = self._attempts
        self.wanted.set()
        while not self.recovered.is_set():
            if self.refusal is not None and self._attempts > seen:
                raise type(self.refusal)(self.refusal.detail)
            self._told.clear()
            await self._told.wait()

    def _tell(self) -> None:
        self.tried.set()
        self._told.set()
