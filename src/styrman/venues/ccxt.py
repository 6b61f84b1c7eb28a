"""Any exchange that ccxt knows, by name: `CcxtMarket` is what everybody may see of it, `CcxtVenue` an account there.

Both are put together from the parts in `venues/exchange`. ccxt is imported when one of them opens, not before.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from styrman.clock import Clock
from styrman.domain.cash import CashFlow
from styrman.domain.market import Candles, InstrumentRules, OrderBook, Ticker
from styrman.domain.orders import Fill, OrderReport, OrderRequest
from styrman.domain.spec import Selector
from styrman.errors import VenueUnavailable
from styrman.ports import BudgetReading, Gate, Mode, Priority
from styrman.venues.exchange.account import Account
from styrman.venues.exchange.account_stream import AccountStream
from styrman.venues.exchange.admission import admit
from styrman.venues.exchange.capabilities import assumed, read_capabilities
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.credentials import Credential, find_credential
from styrman.venues.exchange.leverage import Leverage
from styrman.venues.exchange.market_data import ExchangeMarket
from styrman.venues.exchange.options import ExchangeOptions, parse_options
from styrman.venues.exchange.orders import Orders
from styrman.venues.exchange.pairs import Pairs
from styrman.venues.exchange.parsed import ClientIds
from styrman.venues.exchange.reader import AccountReader
from styrman.venues.exchange.records import Records
from styrman.venues.exchange.sharing import Shared
from styrman.venues.exchange.told import Told
from styrman.venues.exchange.turns import Turns


class CcxtMarket:
    """The public half of an exchange: no credential, no orders. What a paper venue trades on."""

    def __init__(
        self, name: str, options: ExchangeOptions, *, shared: Shared, clock: Clock, credential: Callable[[], Credential] | None = None
    ) -> None:
        self.name = name
        self._options = options
        self._connection = Connection(name, options, shared=shared, clock=clock, credential=credential)
        self._market = ExchangeMarket(self._connection)
        self._last_time: datetime | None = None
        self.capabilities = assumed(options, self._connection.facts)
        self.has_books = False  # whether it shows its order books; known once it is open

    async def open(self) -> None:
        """Connect, load the instruments. VenueError where the exchange does not answer, or does not let us."""
        await self._connection.open()
        self.capabilities = read_capabilities(self._connection.exchange, self._options, self._connection.facts)
        await self._market.open()
        self.has_books = self._market.has_books

    async def close(self) -> None:
        """End the streams and close the connections. Orders keep working."""
        await self._market.close()
        await self._connection.close()

    def market_time(self) -> datetime:
        """Return the exchange's time as last measured; it never goes back."""
        now = self._connection.venue_now()
        self._last_time = now if self._last_time is None else max(now, self._last_time)
        return self._last_time

    def clock_offset(self) -> timedelta | None:
        """Return the exchange's clock minus ours; None where it was not measured lately."""
        return self._connection.clock_offset()

    def budgets(self) -> Sequence[BudgetReading]:
        """Return how the request weight stands that it asks with."""
        return self._connection.readings()

    def instruments(self) -> Mapping[str, InstrumentRules]:
        """Return the rules of every active instrument of the market, by ccxt's symbol."""
        return self._connection.rules

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the selector's instruments, most traded first."""
        return await self._market.select(selector)

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last."""
        return await self._market.fetch_candles(instrument, timeframe, limit)

    def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield candles as they close, in order, each once."""
        return self._market.stream_candles(instrument, timeframe)

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        """Yield each change of the best prices of the instruments with a candle stream or an order."""
        return self._market.stream_tickers()

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the best prices now."""
        return await self._market.fetch_ticker(instrument)

    async def fetch_book(self, instrument: str) -> OrderBook:
        """Return the order book now."""
        return await self._market.fetch_book(instrument)

    def stream_book(self, instrument: str) -> AsyncIterator[OrderBook]:
        """Yield the order book whenever it has changed."""
        return self._market.stream_book(instrument)


class CcxtVenue(CcxtMarket):
    """A `ports.Venue`: one account at an exchange. ConfigInvalid from the constructor, AuthenticationFailed from `open`."""

    mode = Mode.LIVE

    def __init__(self, name: str, options: Mapping[str, JsonValue] | ExchangeOptions, *, shared: Shared, home: Path, clock: Clock) -> None:
        checked = options if isinstance(options, ExchangeOptions) else parse_options(name, options)
        keys = partial(find_credential, checked.credential, home) if checked.credential is not None else None
        super().__init__(name, checked, shared=shared, clock=clock, credential=keys)
        client_ids, told = ClientIds(), Told()
        self._client_ids = client_ids
        self._records = Records(self._connection, client_ids)
        self._orders = Orders(self._connection, self._records, client_ids)
        self._pairs = Pairs(self._connection, self._orders)
        self._account = Account(self._connection)
        self._leverage = Leverage(self._connection)
        self._turns = Turns(self._connection, shared.budgets)
        self._told = told
        reader = AccountReader(self._connection, self._orders, self.fetch_fills, told)
        self._stream = AccountStream(self._connection, self._orders, client_ids, told, reader)
        self._watched: dict[str, Callable[[], None]] = {}

    async def open(self) -> None:
        """Connect, and read the account once: keys that are wrong show now, not at the first order."""
        await super().open()
        try:
            await self._account.balances()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the streams and close the connections. Orders keep working."""
        self._watched.clear()
        await super().close()

    def budgets(self) -> Sequence[BudgetReading]:
        """Return how the request weight of our address and the order counts of the account stand."""
        return (*super().budgets(), *self._turns.readings())

    def try_turn(self, orders: int = 1, *, priority: Priority = Priority.ORDER) -> bool:
        """Take so many orders' part of the budgets and return True; where that would mean to wait, take nothing: False."""
        return self._turns.try_take(orders, priority)

    async def turn(self, *, priority: Priority = Priority.ORDER) -> None:
        """Wait for one order's part of the budgets and take it."""
        await self._turns.take(priority)

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        """Place an order with one request, signed with the stamp. See `ports.Venue`."""
        await self._prepare(request)
        report = await self._orders.create(request, stamp=stamp, not_after=not_after, gate=gate)
        self._stream.note(report)
        return report

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        """Place an order list with one request. VenueRefused where `capabilities.order_lists` is false."""
        await self._prepare(stop)
        await self._prepare(target)
        reports = await self._pairs.create(stop, target, stamp=stamp, not_after=not_after, gate=gate)
        for report in reports:
            self._stream.note(report)
        return reports

    async def _prepare(self, request: OrderRequest) -> None:
        """Refuse what can't be sent as it is; see to it that what becomes of the order is noticed."""
        if self._connection.exchange is None:
            raise VenueUnavailable(f"Venue {self.name!r} is not open; it is being opened, or was closed.")
        rules = self._orders.listing(request.instrument).rules
        admit(request, rules, self.capabilities)
        await self._leverage.prepare(request.instrument)
        self._stream.expect(request.instrument)
        if request.instrument not in self._watched:
            self._watched[request.instrument] = self._market.watch(request.instrument)

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        """Take an order off, and return it as the exchange knows it after that."""
        report = await self._orders.cancel(instrument, venue_order_id)
        self._stream.note(report)
        return report

    async def fetch_order(self, instrument: str, client_order_id: str) -> OrderReport | None:
        """Return the newest order with this client id; None where the exchange knows none."""
        return await self._orders.find(instrument, client_order_id)

    async def fetch_open_orders(self, instrument: str | None = None) -> Sequence[OrderReport]:
        """Return the working orders of the account, oldest first."""
        return await self._orders.open(instrument)

    async def fetch_orders(self, instrument: str, since: datetime) -> Sequence[OrderReport]:
        """Return the account's orders of an instrument made since, final ones too."""
        return await self._orders.since(instrument, since)

    async def fetch_fills(self, instrument: str, since: datetime) -> Sequence[Fill]:
        """Return the account's fills of an instrument since, oldest first."""
        return await self._orders.fills(instrument, since)

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        """Return the account's totals by currency; of swaps, positions in base by instrument too."""
        return await self._account.balances()

    async def fetch_entry_costs(self) -> Mapping[str, Decimal]:
        """Return what each open position cost, by instrument, signed: a `TellsEntryCosts`. Empty on a spot market."""
        return await self._account.entry_costs()

    async def fetch_cash_flows(self, since: datetime) -> Sequence[CashFlow]:
        """Return funding, deposits and withdrawals since, oldest first."""
        return await self._account.cash_flows(since)

    async def stream_account(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield what happens to the account's orders; streamed where the exchange does, else read every `poll_s`."""
        following = self._stream.stream()
        try:
            async for message in following:
                yield message
                self._unwatch(message.instrument)
        finally:
            await following.aclose()

    def _unwatch(self, instrument: str) -> None:
        """Watch the prices of an instrument no longer where none of our orders works any more."""
        if instrument in self._watched and not any(key[0] == instrument for key in self._told.working):
            self._watched.pop(instrument)()
