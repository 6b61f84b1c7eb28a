"""What is the same at every venue whose account we keep ourselves: its clock is ours, nobody counts, and its history is our ledger."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from styrman.domain.cash import CashFlow
from styrman.domain.market import to_ms
from styrman.domain.orders import Fill, OrderReport
from styrman.errors import ClockSkewed
from styrman.ports.budgets import Priority
from styrman.venues.simulation import ledger
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.journal import Job

T = TypeVar("T")

_MAX_AHEAD = timedelta(seconds=1)  # how far a request's stamp may lie in our future, as Binance has it


class Kept(Protocol):
    """An exchange of ours, as far as its history goes."""

    feed: AccountFeed

    async def read(self, job: Job[T]) -> T:
        """Ask the journal, after all that has happened up to now."""
        ...


class LocalAccount(ABC):
    """The half of a `ports.Venue` that needs no market."""

    @property
    @abstractmethod
    def _exchange(self) -> Kept:
        """The exchange at work. VenueUnavailable where the venue is not open."""

    def clock_offset(self) -> timedelta:
        """Return nothing: the clock that refuses late orders is ours."""
        return timedelta(0)

    def try_turn(self, orders: int = 1, *, priority: Priority = Priority.ORDER) -> bool:
        """Let everybody send: nobody counts here."""
        del orders, priority
        return True

    async def turn(self, *, priority: Priority = Priority.ORDER) -> None:
        """Wait for nobody."""
        del priority

    async def fetch_order(self, instrument: str, client_order_id: str) -> OrderReport | None:
        """Return the newest order with this client id."""
        order = await self._exchange.read(partial(ledger.newest_order, instrument=instrument, client_id=client_order_id))
        return None if order is None else order.report()

    async def fetch_orders(self, instrument: str, since: datetime) -> Sequence[OrderReport]:
        """Return the orders made since a market time, oldest first."""
        orders = await self._exchange.read(partial(ledger.orders_since, instrument=instrument, since_ms=to_ms(since)))
        return [order.report() for order in orders]

    async def fetch_fills(self, instrument: str, since: datetime) -> Sequence[Fill]:
        """Return the fills since a market time, oldest first."""
        return await self._exchange.read(partial(ledger.fills_since, instrument=instrument, since_ms=to_ms(since)))

    async def fetch_cash_flows(self, since: datetime) -> Sequence[CashFlow]:
        """Return nothing: money comes and goes by trades alone. Funding is not charged."""
        del since
        return ()

    def stream_account(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield what happens to the account from now on, each thing once it is durable."""
        return self._exchange.feed.read()


def check_arrival(name: str, *, now: datetime, stamp: datetime, not_after: datetime) -> None:
    """Refuse (ClockSkewed) an order that comes after its window, or is stamped in our future."""
    if now > not_after or stamp > now + _MAX_AHEAD:
        raise ClockSkewed(f"Order {name!r} arrived at {now}, stamped {stamp} and void after {not_after}; it was not placed.")
