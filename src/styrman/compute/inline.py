"""Code that runs on the event loop: what we ship, what an embedding application registered, and what a user asked for by name."""

import asyncio

from styrman.compute.guest import Guest
from styrman.domain.plan import Context, Plan
from styrman.errors import ComputeTimeout


class InlineProgram:
    """A bot's code, called where the bot runs. The deadline ends code that waits; code that computes can't be ended here."""

    __slots__ = ("_deadline_s", "_guest", "file_hash", "warmup")

    def __init__(self, guest: Guest, file_hash: str | None, deadline_s: float | None) -> None:
        self._guest = guest
        self._deadline_s = deadline_s
        self.warmup = guest.warmup
        self.file_hash = file_hash

    async def decide(self, ctx: Context) -> Plan:
        """Run one decision."""
        if self._deadline_s is None:
            return await self._guest.decide(ctx)
        limit = asyncio.timeout(self._deadline_s)
        try:
            async with limit:
                return await self._guest.decide(ctx)
        except TimeoutError as error:
            if not limit.expired():  # the code's own
                raise
            raise ComputeTimeout(f"Bot {ctx.bot_id!r} did not decide within {self._deadline_s:g} s; its code was cancelled.") from error

    async def close(self) -> None:
        """Nothing is held elsewhere."""
