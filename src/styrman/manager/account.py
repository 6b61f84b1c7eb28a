"""One account: its row in the journal, how its venue last told it, and every change of the two.

The row changes under `settling` alone, in one commit with whatever else it belongs to.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.cash import CashFlow
from styrman.domain.events import Event, EventKind
from styrman.domain.orders import Intent
from styrman.domain.records import AccountBook, Holding
from styrman.errors import AuthenticationFailed, Conflict, StoreFailed, TransferRefused, VenueError, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.manager import drift, readings
from styrman.manager.cashflows import TOLD_LATE, CashFlows
from styrman.manager.grounds import Ground
from styrman.manager.readings import Reading
from styrman.manager.state import Asked
from styrman.manager.sums import Sums, difference, told, total
from styrman.manager.transfers import Before, Transfer
from styrman.trading.execution import Desk
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.trader import Trader

log = get_logger()
STORE_RETRY_S = 1.0
TRIES = 5  # readings, until one of them finds the books at rest


class Account:
    """What one account holds beside its bots' books, and how it differs from its venue."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        desk: Desk,
        *,
        ground: Ground,
        cash: CashFlows,
        settling: asyncio.Lock,
        journal: Journal,
        clock: Clock,
        tasks: OwnedTasks,
    ) -> None:
        self.desk = desk
        self.ground = ground
        self.book: AccountBook | None = None  # None: the venue was never read
        self.reading = Reading()
        self.checked_at: datetime | None = None
        self.checking = asyncio.Lock()
        self.suspected: Sums = {}  # how the last check differed; it counts once a second check agrees
        self._is_untold = False  # its venue will not let us read its cash flows
        self._cash = cash
        self._settling = settling
        self._journal = journal
        self._clock = clock
        self._tasks = tasks

    def show(self, book: AccountBook) -> None:
        """Take in a row that is durable."""
        self.book = book
        self.desk.drifting = frozenset(book.drift)

    def enter_ground(self, open_intents: Iterable[Intent]) -> None:
        """Raise BooksElsewhere where bots' books were made on another ground than the venue's; where no bot has any, begin afresh."""
        if self.book is not None and self.ground.is_new(self.book, self.desk.traders.values(), open_intents):
            self.book, self.desk.drifting = None, frozenset()

    @property
    def beside(self) -> Sums:
        """What is external or was left by deleted bots, as balances count it: what swaps cost that no bot holds was not paid."""
        return {} if self.book is None else total([self.book.external, self.book.settled, self.reading.carried])

    # ------------------------------------------------------------ checks

    async def check(self) -> None:
        """Enter its cash flows, then compare it with its venue. The first check ever takes what is there as external. VenueError."""
        async with self.checking:
            has_flows = await self._enter_flows()
            reading = await readings.read(self.desk)
            if reading.is_still or self.checked_at is None:
                # What is shown is of one moment: balances beside books that moved on would look like drift.
                self.reading, self.checked_at = reading, self._clock.now()
            # Nothing is judged while a fill came in or an order's outcome is open. Resting orders don't hinder: a grid always has
            # some, and a fill that the venue has counted and we have not differs at one check alone, so it is never confirmed.
            if reading.is_still and self.book is None:
                await self._finish(self._begin(reading))
            elif self.book is None:
                raise VenueUnavailable(f"Account {self.desk.account!r} traded while it was read for the first time; reading it again.")
            elif reading.is_still and has_flows and not self._has_unresolved:
                await self._finish(self._compare(reading))

    async def accept(self, asked: Asked) -> None:
        """Take the drift into what is external: a person says that it is right. VenueError; Conflict while it is not at rest, or held."""
        self.ground.check()
        async with self.checking:
            await self._enter_flows()
            reading = await self._at_rest()
            self.reading, self.checked_at = reading, self._clock.now()
            await self._finish(self._accept(reading, asked))

    async def _begin(self, reading: Reading) -> None:
        async with self._settling:
            since, now = self.desk.venue.market_time(), self._clock.now()
            await self._write(self._new_book(reading, since, now))

    async def _compare(self, reading: Reading) -> None:
        async with self._settling:
            book = self.book
            if book is None or readings.books_of(self.desk.traders.values()) != reading.books:
                return
            now, differs = self._clock.now(), difference(reading.outside, total([book.external, book.settled]))
            finding = drift.judge(differs, self.suspected, book.drift)
            self.suspected = differs
            happened = drift.events(book, finding, now)
            if not happened:
                return
            self.desk.drifting |= frozenset(finding.drift)  # closed before that is durable, opened after
            if finding.drift:
                log.error(
                    "account drifts from its books; accept the drift once it is explained",
                    account=book.account,
                    drift=told(finding.drift),
                )
            external = total([book.external, finding.dust])
            await self._write(replace(book, external=external, drift=finding.drift, at=now), *happened)

    async def _at_rest(self) -> Reading:
        """Return a reading in which no fill is half counted."""
        for _ in range(TRIES):
            reading = await readings.read(self.desk)
            if reading.is_still and not self._has_unresolved:
                return reading
        raise Conflict(
            f"Account {self.desk.account!r} has orders that fill, or whose outcome is not known; accept its drift once it is at rest."
        )

    async def _accept(self, reading: Reading, asked: Asked) -> None:
        async with self._settling:
            before, now = self.book, self._clock.now()
            expected = {} if before is None else total([before.external, before.settled])
            since = self.desk.venue.market_time() if before is None else before.flows_since
            event = drift.account_event("DriftAccepted", self.desk.account, now, "drift", difference(reading.outside, expected))
            book = self._new_book(reading, since, now)
            await self._write(book, replace(event, actor=asked.actor, reason=asked.reason))
            self.suspected = {}

    def _new_book(self, reading: Reading, since: datetime | None, now: datetime) -> AccountBook:
        return AccountBook(account=self.desk.account, external=reading.outside, made_on=self.ground.now, flows_since=since, at=now)

    @property
    def _has_unresolved(self) -> bool:
        return any(order.intent.state.is_unresolved for _, order in self.desk.blotter.entries())

    # ------------------------------------------------------------ cash flows

    async def _enter_flows(self) -> bool:
        """Enter what came or left without a trade; return whether the venue told. Where it did not, such money would look like drift.

        One that never will tell keeps nobody from looking for drift: money that comes or goes there is drift, for a person to accept.
        """
        if self.book is None:
            return True
        asked_at = self.desk.venue.market_time()
        since = self.book.flows_since or asked_at
        try:
            flows = await self._cash.unknown(self.desk.venue, since)
        except (VenueRefused, AuthenticationFailed) as error:
            if not self._is_untold:
                log.warning("cash flows are not told; they will show as drift", account=self.desk.account, error=error.detail)
            self._is_untold = True
            return True
        except VenueError as error:
            log.warning("cash flows could not be read; drift is not looked for meanwhile", account=self.desk.account, error=error.detail)
            return False
        self._is_untold = False
        for flow in flows:
            shares = await self._cash.shares(flow, self.desk, self.book)
            await self._finish(self._enter(flow, shares))
        if self.book.flows_since is None or asked_at - since >= 2 * TOLD_LATE:
            await self._finish(self._advance(max(since, asked_at - TOLD_LATE)))
        return True

    async def _enter(self, flow: CashFlow, shares: dict[str, Decimal]) -> None:
        async with self._settling:
            if self.book is not None:
                self.show(await self._cash.enter(self.desk, flow, shares, self.book))

    async def _advance(self, since: datetime) -> None:
        """Ask from later on: what is older than this was told long ago."""
        async with self._settling:
            if self.book is not None:
                await self._write(replace(self.book, flows_since=since))

    # ------------------------------------------------------------ what changes hands

    async def transfer(self, trader: Trader, transfer: Transfer, asked: Asked) -> Holding:
        """Move a position between what is external and a bot's book, and the bot's latch along, in one commit. TransferRefused."""
        self.ground.check()
        async with trader.lock, self._settling:
            if self.book is None:
                raise TransferRefused(f"Account {self.desk.account!r} was never read; try again once its venue is there.")
            transfer.check(trader, self.book, self.desk.venue.instruments().get(transfer.instrument))
            now = self._clock.now()
            book = transfer.given(self.book, now)
            event = Event(kind=EventKind.COMMAND, name=asked.action, at=now, bot_id=trader.bot_id, actor=asked.actor, reason=asked.reason)
            # As with a fill: in memory and on its way to the journal in one step, so that rows of one holding are written in order.
            before = transfer.enter(trader, self.desk.venue.market_time())
            saving = self._save(trader, transfer, before, book, replace(event, fields={**transfer.fields(book.account), **asked.fields}))
            await self._tasks.finish(saving, name=f"journal:{trader.bot_id}")
            self.show(book)
        trader.changed()
        return trader.book.holding(transfer.instrument)

    async def _save(self, trader: Trader, transfer: Transfer, before: Before, book: AccountBook, event: Event) -> None:
        """Journal a transfer. Where that fails it is taken back, unless a fill has already built on it: then it has to come about."""
        entered = trader.book.holding(transfer.instrument)
        while True:
            try:
                await self.desk.save(trader, trader.book.holding(transfer.instrument), book, event)
            except StoreFailed:
                if trader.book.holding(transfer.instrument) is entered:
                    transfer.undo(trader, before)
                    raise
                log.exception("a transfer could not be journaled; trying again", bot_id=trader.bot_id, instrument=transfer.instrument)
                await self._clock.sleep(STORE_RETRY_S)
            else:
                return

    # ------------------------------------------------------------ within

    async def _write(self, book: AccountBook, *events: Event) -> None:
        await self._journal.write(book, *events)
        self.show(book)

    async def _finish(self, work: Coroutine[object, object, None]) -> None:
        """See the work through even where whoever asked for the check has left: what is durable must be shown."""
        await self._tasks.finish(work, name=f"command:account:{self.desk.account}")
