"""Accounts: the sum of its bots' books plus what is external. A difference from the venue is drift: told, never assigned to anybody."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.bots import BotRecord
from styrman.domain.cash import BotFunding
from styrman.domain.orders import Intent
from styrman.domain.records import AccountBook, Holding, account_scope
from styrman.errors import AccountNotFound, VenueError
from styrman.log import get_logger
from styrman.manager import readings
from styrman.manager.account import Account
from styrman.manager.cashflows import CashFlows
from styrman.manager.grounds import Ground
from styrman.manager.state import Asked, AsyncBotState
from styrman.manager.sums import total
from styrman.manager.transfers import Transfer
from styrman.manager.views import AccountView
from styrman.ports import Store
from styrman.trading.execution import Desk
from styrman.trading.gates import Gates
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.trader import Trader

log = get_logger()
FRESH_S = 1.0


class Accounts:
    """What each account holds, checked against its venue."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        desks: Mapping[str, Desk],
        *,
        grounds: Mapping[str, Ground],
        state: AsyncBotState,
        gates: Gates,
        journal: Journal,
        store: Store,
        clock: Clock,
        tasks: OwnedTasks,
    ) -> None:
        self._state = state
        self._gates = gates
        self._clock = clock
        self._tasks = tasks
        self.settling = asyncio.Lock()  # held from reading an account's row until the one that follows from it is committed
        cash = CashFlows(store, journal, clock)
        self._accounts = {
            name: Account(desk, ground=grounds[name], cash=cash, settling=self.settling, journal=journal, clock=clock, tasks=tasks)
            for name, desk in desks.items()
        }

    def load(self, books: Mapping[str, AccountBook], funding: Iterable[BotFunding] = ()) -> None:
        """Take over what was accepted and told before, and what the bots got for holding swaps. The traders are there already."""
        for name, book in books.items():
            if name in self._accounts:
                self._accounts[name].show(book)
        traders = {bot_id: trader for account in self._accounts.values() for bot_id, trader in account.desk.traders.items()}
        for each in funding:
            if each.bot_id in traders:
                traders[each.bot_id].book.fund(each)

    def enter_ground(self, name: str, open_intents: Iterable[Intent]) -> None:
        """Raise BooksElsewhere where an account's books were made with other money, or elsewhere, than its venue trades now."""
        self._accounts[name].enter_ground(open_intents)

    async def check(self, name: str) -> None:
        """Compare an account with its venue. The first check ever accepts what is there as external. VenueError."""
        await self._accounts[name].check()

    def begin_checks(self) -> None:
        """Check each account whose venue is open, in the background: the heart that asks does not wait for venues."""
        for name, account in self._accounts.items():
            if account.desk.recovered.is_set() and not account.checking.locked():
                self._tasks.start(self._try(name), name=f"check:{name}")

    async def refresh(self) -> None:
        """Check the accounts whose last check is no longer fresh, for a reader. One that is being checked keeps nobody waiting."""
        now = self._clock.now()
        for name, account in self._accounts.items():
            fresh = account.checked_at is not None and (now - account.checked_at).total_seconds() < FRESH_S
            if not fresh and account.desk.recovered.is_set() and not account.checking.locked():
                await self._try(name)

    async def _try(self, name: str) -> None:
        try:
            await self.check(name)
        except VenueError as error:
            log.warning("account could not be checked", account=name, error=error.detail)

    async def accept(self, name: str, asked: Asked) -> AccountView:
        """Take the drift into what is external: a person says that it is right. VenueError, AccountNotFound, Conflict."""
        await self._of(name).accept(asked)
        return self.view(name)

    async def transfer(self, trader: Trader, instrument: str, quantity: Decimal, price: Decimal, asked: Asked) -> Holding:
        """Move a position, signed, from what is external into a bot's book at a price, or back where it reduces what the bot holds.

        One commit; the latch goes along, so the bot's next cycle leaves it be. Return the bot's new holding. TransferRefused.
        """
        moving = self._accounts[trader.record.account].transfer(trader, Transfer(instrument, quantity, price), asked)
        return await self._tasks.finish(moving, name=f"command:{asked.action}:{trader.bot_id}")

    def free(self, name: str, quote: str) -> Decimal | None:
        """Return what the account holds for bots in a quote currency; None where that is not known yet."""
        account = self._accounts[name]
        return None if account.book is None else account.beside.get(quote, Decimal(0))

    def without(self, trader: Trader) -> AccountBook | None:
        """Return the account's row as it is once this bot is deleted: what its book holds is the account's own then."""
        book = self._accounts[trader.record.account].book
        return None if book is None else replace(book, settled=total([book.settled, readings.paid(trader)]))

    def settle(self, book: AccountBook | None) -> None:
        """Take in the row that a deletion committed."""
        if book is not None:
            self._accounts[book.account].show(book)

    def view(self, name: str) -> AccountView:
        """Return an account as of its last check. AccountNotFound."""
        account = self._of(name)
        return AccountView(
            account=name,
            mode=account.desk.venue.mode,
            balances=dict(account.reading.balances),
            books=account.reading.books,
            external=account.beside,
            drift={} if account.book is None else dict(account.book.drift),
            reserved=sum((record.spec.capital for record in self._records(name)), Decimal(0)),
            halted=self._gates.halt(account_scope(name)) is not None,
            held=account.ground.held,
            checked_at=account.checked_at,
        )

    def views(self) -> list[AccountView]:
        """Return all accounts."""
        return [self.view(name) for name in self._accounts]

    def _records(self, name: str) -> list[BotRecord]:
        return [record for record, _ in self._state if record.account == name]

    def _of(self, name: str) -> Account:
        if name not in self._accounts:
            raise AccountNotFound(f"There is no account {name!r}; there are: {', '.join(self._accounts)}.")
        return self._accounts[name]
