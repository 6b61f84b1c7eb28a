"""Keeps each venue open and its account's stream followed. A venue that fails holds up its own bots, and nobody else's.

One that refuses us (wrong keys) fails the bots that wait for it, at once, and is asked again seldom, or as soon as a bot is started.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from styrman.clock import Clock
from styrman.domain.orders import Intent
from styrman.errors import BooksElsewhere, ErrorClass, StartupError, StyrmanError, VenueError, VenueRefused
from styrman.log import get_logger
from styrman.manager.accounts import Accounts
from styrman.trading.execution import Desk
from styrman.trading.owned import OwnedTasks
from styrman.trading.resolution import Resolver

log = get_logger()
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
PROBE_S = 1.0  # a refused venue is asked no oftener, however many bots are started
_HOPELESS = (ErrorClass.AUTH, ErrorClass.PERMANENT)  # trying again mends nothing: a person has to


class VenueKeeper:
    """One task `account:NAME` per venue: open, recover what an earlier process left, then follow the stream for ever."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        desks: Mapping[str, Desk],
        *,
        accounts: Accounts,
        resolver: Resolver,
        clock: Clock,
        tasks: OwnedTasks,
        opened: Callable[[str], None] = lambda _: None,
        held: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        """`opened` is told of each venue that let us in, `held` of each account that must be left alone, and why."""
        self._desks = desks
        self._accounts = accounts
        self._resolver = resolver
        self._clock = clock
        self._tasks = tasks
        self._told_opened = opened
        self._told_held = held
        self._opened: set[str] = set()
        self.troubles: dict[str, str] = {}  # by venue: why it can't be reached or followed now

    async def open(self, open_intents: Iterable[Intent], *, timeout_s: float) -> None:
        """Begin to keep every venue; return when each was tried once, or after a while with the rest still trying.

        StartupError where a venue's settings can't be used: trying again would not mend them.
        """
        left: dict[str, list[Intent]] = {name: [] for name in self._desks}
        for intent in open_intents:
            left.setdefault(intent.account, []).append(intent)
        keepers = [self._tasks.start(self._keep(desk, left[name]), name=f"account:{name}") for name, desk in self._desks.items()]
        tried = self._tasks.start(self._all_tried(), name="account:all")
        ended, _ = await asyncio.wait({*keepers, tried}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        tried.cancel()
        for keeper in ended.intersection(keepers):
            keeper.result()

    def is_open(self, name: str) -> bool:
        """Whether a venue was reached and its instruments are known."""
        return name in self._opened

    async def _all_tried(self) -> None:
        for desk in self._desks.values():
            await desk.opening.tried.wait()

    async def close(self) -> None:
        """Stop following and close every venue that was opened. Orders keep working."""
        await self._tasks.cancel(prefix="account:")
        for name in self._opened:
            try:
                await self._desks[name].venue.close()
            except VenueError as error:
                log.warning("venue did not close cleanly", venue=name, error=error.detail)

    async def _keep(self, desk: Desk, open_intents: list[Intent]) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            began_at = self._clock.monotonic()
            try:
                await self._follow(desk, open_intents)
            except StartupError as error:  # ends the boot where it is still under way, and else those who wait
                self.troubles[desk.account] = error.detail
                desk.opening.fail(VenueRefused(error.detail))
                raise
            except BooksElsewhere as error:
                self._hold(desk, error.detail)
            except Exception as error:  # noqa: BLE001 - whatever an adapter raises: an account that nobody follows is blind
                self._note(desk, error, retry_s)
            if self._clock.monotonic() - began_at > LAST_RETRY_S:
                retry_s = FIRST_RETRY_S  # it went well for a while: this is a new trouble
            await self._pause(desk, retry_s)
            retry_s = min(retry_s * 2, LAST_RETRY_S)

    def _hold(self, desk: Desk, why: str) -> None:
        """Leave an account alone: its bots are kept from starting, and looked at again later."""
        if self.troubles.get(desk.account) != why:
            log.error("account held", venue=desk.account, error=why)
        self.troubles[desk.account] = why
        self._told_held(desk.account, why)
        desk.opening.fail(None)

    def _note(self, desk: Desk, error: Exception, retry_s: float) -> None:
        """Say why a venue is not followed, and fail those who wait for it where trying again mends nothing."""
        hopeless = isinstance(error, VenueError) and error.error_class in _HOPELESS
        detail = error.detail if isinstance(error, StyrmanError) else repr(error)
        level = log.error if hopeless or not isinstance(error, StyrmanError) else log.warning
        level("venue not reached; trying again", venue=desk.account, retry_s=LAST_RETRY_S if hopeless else retry_s, error=detail)
        self.troubles[desk.account] = detail
        desk.opening.fail(error if isinstance(error, VenueError) and hopeless else None)

    async def _pause(self, desk: Desk, retry_s: float) -> None:
        """Wait before the next attempt: long where we are refused, unless somebody starts a bot, which may mean that it is mended."""
        if desk.opening.refusal is None:
            await self._clock.sleep(retry_s)
            return
        until = self._clock.monotonic() + LAST_RETRY_S
        await self._clock.sleep(PROBE_S)
        while self._clock.monotonic() < until and not desk.opening.wanted.is_set():
            await self._clock.sleep(PROBE_S)

    async def _follow(self, desk: Desk, open_intents: list[Intent]) -> None:
        desk.opening.wanted.clear()
        if not desk.recovered.is_set():
            open_intents[:] = [intent for intent in open_intents if _is_still_its_own(desk, intent)]
            self._accounts.enter_ground(desk.account, open_intents)
        if desk.account not in self._opened:
            await desk.venue.open()
            self._opened.add(desk.account)
        # Listening begins before the recovery, so that nothing falls between what is read and what is told.
        listening = self._tasks.start(desk.listen(), name=f"account:{desk.account}:stream")
        try:
            left = [(desk.traders[intent.bot_id], intent) for intent in open_intents]
            open_intents.clear()  # taken over from here on: what can't be read now is in the blotter, and read with all the rest
            await self._resolver.recover(desk, left)
            await self._resolver.refresh_all(desk)
            await self._accounts.check(desk.account)
            desk.opening.succeed()
            self.troubles.pop(desk.account, None)
            self._told_opened(desk.account)
            await listening
        finally:
            listening.cancel()


def _is_still_its_own(desk: Desk, intent: Intent) -> bool:
    """Whether the bot that made an intent is there still: deleted meanwhile, another may have its name by now."""
    trader = desk.traders.get(intent.bot_id)
    return trader is not None and intent.stamp >= trader.record.created_at
