"""The venue: an exchange, a paper one or a simulated one. Orders go there, market data and account events come from there."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from styrman.domain.cash import CashFlow
from styrman.domain.market import Candles, InstrumentRules, Ticker
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, TimeInForce
from styrman.domain.spec import Selector
from styrman.ports.budgets import BudgetReading, Priority

Gate: TypeAlias = Callable[[], None]  # asked synchronously right before a request's bytes leave; OrderDenied: let nothing leave


class Mode(StrEnum):
    """Whose money a venue trades."""

    SIMULATED = "simulated"  # our market, our fills
    PAPER = "paper"  # a real market, our fills
    LIVE = "live"


class ClientIdClass(StrEnum):
    """How well a venue lets us find an order by the id we gave it (design, section 5)."""

    A = "A"  # sends and fetches by client order id
    B = "B"  # sends only
    C = "C"  # neither: live trading is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a venue can do, and what we may assume of it (A1 to A6 of section 5)."""

    client_id_class: ClientIdClass = ClientIdClass.A
    window: timedelta | None = timedelta(seconds=5)  # it refuses requests older than this; None: it enforces no deadline
    visibility_lag: timedelta = timedelta(seconds=5)  # an accepted order is findable after this
    order_types: frozenset[OrderType] = frozenset(OrderType)
    time_in_force: frozenset[TimeInForce] = frozenset(TimeInForce)
    stop_orders: bool = True  # a STOP rests at the venue and outlives us
    order_lists: bool = False  # a stop and a target as one request, each cancelling the other (OCO): `create_pair`
    post_only: bool = True
    reduce_only: bool = False
    margin: bool = False  # swaps: positions, shorts, leverage; a resting exit locks nothing. Else spot: it locks what it would sell
    cancel_all_after: bool = False  # the venue can cancel everything where we fall silent; never armed by us: it would take protections too
    streams: frozenset[str] = frozenset()  # what it tells by itself: candles, tickers, book, orders. The rest is polled
    paced: bool = False  # its market waits for its readers (simulated at speed "max")


class Market(Protocol):
    """The public half of a venue: what everybody sees of it. Raises VenueUnavailable and VenueRefused."""

    capabilities: Capabilities

    async def open(self) -> None:
        """Connect, load the instruments. VenueError where that fails."""
        ...

    async def close(self) -> None:
        """Stop streams and release what is held. Orders keep working."""
        ...

    def market_time(self) -> datetime:
        """Return the venue's time: equal to wall time but on a simulated market."""
        ...

    def instruments(self) -> Mapping[str, InstrumentRules]:
        """Return the rules of every instrument traded here, by name."""
        ...

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the selector's instruments, most traded first."""
        ...

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last."""
        ...

    def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield candles as they close: one or more new ones at a time, in order, each candle once."""
        ...

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        """Yield each change of the best prices of the instruments that are watched (those with a candle stream or an order)."""
        ...

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the best prices now."""
        ...


class Venue(Market, Protocol):
    """An exchange, a paper one or a simulated one: one account of it. `contract/test_venue.py` is its suite.

    Orders. `create_order` returns once the venue has accepted the order durably; `OrderRejected` says that no order exists;
    `VenueUnavailable` says that nobody knows. The same `client_order_id` twice makes two orders (as on Binance after a fill):
    it is a key to look up by, never a guard. Reports of one order arrive in order; a fill arrives at least once and may come
    before the answer to the request that made it.
    """

    name: str  # as in the configuration; also the account's name
    mode: Mode

    def clock_offset(self) -> timedelta | None:
        """Return the venue's clock minus ours as last measured, at most a minute ago; None where it is not known (yet)."""
        ...

    def try_turn(self, orders: int = 1, *, priority: Priority = Priority.ORDER) -> bool:
        """Take so many orders' part of the venue's budgets and return True; where that would mean to wait, take nothing: False."""
        ...

    async def turn(self, *, priority: Priority = Priority.ORDER) -> None:
        """Wait for one order's part of the venue's budgets and take it. `create_order` counts nothing itself."""
        ...

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        """Place an order, signed with `stamp`; the venue refuses it (`ClockSkewed`) where it arrives after `not_after`.

        OrderDenied is `gate`'s, and says that nothing was sent. OrderRejected, AuthenticationFailed, VenueRefused: the venue
        answered with an enumerated no; there is no such order. Everything else (VenueUnavailable): nobody knows.
        """
        ...

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        """Place a STOP and a LIMIT of one instrument, side and quantity, of which each takes the other off. As `create_order`.

        One request: both are there or neither. VenueRefused where `capabilities.order_lists` is false.
        """
        ...

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        """Take an order off and return it; an order that is already final is returned as it is. OrderRejected: no such order."""
        ...

    async def fetch_order(self, instrument: str, client_order_id: str) -> OrderReport | None:
        """Return the newest order with this client id, final ones too; None where the venue knows none."""
        ...

    async def fetch_open_orders(self, instrument: str | None = None) -> Sequence[OrderReport]:
        """Return the working orders of the account, oldest first."""
        ...

    async def fetch_orders(self, instrument: str, since: datetime) -> Sequence[OrderReport]:
        """Return the account's orders of an instrument, final ones too, made since a market time."""
        ...

    async def fetch_fills(self, instrument: str, since: datetime) -> Sequence[Fill]:
        """Return the account's fills of an instrument since a market time, oldest first."""
        ...

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        """Return the account's total balance by currency, free and locked together.

        On a margin venue, positions too: by instrument ("BTC/USDT:USDT"), in base, negative when short; money without unrealized PnL.
        """
        ...

    async def fetch_cash_flows(self, since: datetime) -> Sequence[CashFlow]:
        """Return what came to the account or left it without a trade since a market time, oldest first; empty where it can't be read."""
        ...

    def stream_account(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield what happens to the account's orders from now on; a fill before the report that counts it. One reader."""
        ...


@runtime_checkable
class TellsEntryCosts(Protocol):
    """What a margin venue has beside `Venue` where it can tell what its open positions cost.

    A venue nets everything that an account holds of a swap, and realizes PnL by the average of that. With what the net position
    cost, several bots' books on one swap agree with its wallet whatever it nets; without it, only one bot's does.
    """

    async def fetch_entry_costs(self) -> Mapping[str, Decimal]:
        """Return what each open position cost, by instrument, in its settlement currency: quantity * average entry price, signed.

        A position left out is one whose cost the venue does not tell.
        """
        ...


@runtime_checkable
class TellsBudgets(Protocol):
    """What a venue has beside `Venue` where something counts what is asked of it. A simulated one asks nobody."""

    def budgets(self) -> Sequence[BudgetReading]:
        """Return how the budgets stand that its requests and orders are taken from; the requests' only once it was open."""
        ...
