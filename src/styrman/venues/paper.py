"""The paper venue: a real market as its public data show it, and an account of our own whose orders outlive the process.

It owns its folder (HOME/venues/NAME). It sends nothing to anybody: all that it asks of the market is what everybody may read.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import JsonValue

from styrman.clock import Clock
from styrman.domain.market import Candles, InstrumentRules, Ticker
from styrman.domain.orders import OrderReport, OrderRequest, OrderType
from styrman.domain.spec import Selector
from styrman.errors import VenueUnavailable
from styrman.ports.budgets import BudgetReading
from styrman.ports.venue import Capabilities, ClientIdClass, Gate, Mode, TellsBudgets
from styrman.venues.papertrading.exchange import PaperExchange
from styrman.venues.papertrading.opening import Opened, open_account
from styrman.venues.papertrading.options import PAPER_OPTIONS, parse_options
from styrman.venues.papertrading.source import MarketSource
from styrman.venues.simulation.local import LocalAccount, check_arrival

__all__ = ["PAPER_OPTIONS", "PaperVenue"]


class PaperVenue(LocalAccount):
    """A `ports.Venue` over a `MarketSource`, which it opens and closes. ConfigInvalid from the constructor."""

    mode = Mode.PAPER

    def __init__(self, name: str, options: Mapping[str, JsonValue], *, source: MarketSource, folder: Path, clock: Clock) -> None:
        self.name = name
        self._options = parse_options(name, options)
        self._source, self._folder, self._clock = source, folder, clock
        self._opened: Opened | None = None
        self.capabilities = Capabilities(
            client_id_class=ClientIdClass.A,
            window=timedelta(seconds=5),
            visibility_lag=timedelta(0),
            order_lists=True,
            reduce_only=True,
            margin=self._options.is_margin,
            streams=source.capabilities.streams | {"orders"},
        )

    async def open(self) -> None:
        """Open the market, take the account back from its journal, and match what rested through the candles of the down time."""
        await self._source.open()
        self.capabilities = replace(self.capabilities, streams=self._source.capabilities.streams | {"orders"})
        try:
            self._opened = await open_account(self.name, self._options, source=self._source, folder=self._folder, clock=self._clock)
        except BaseException:
            await self._source.close()
            raise

    async def close(self) -> None:
        """End the streams and close the journal. Orders keep working: the next `open` finds what became of them."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        try:
            await opened.close()
        finally:
            await self._source.close()

    def market_time(self) -> datetime:
        """Return the market's time."""
        return self._source.market_time()

    def budgets(self) -> Sequence[BudgetReading]:
        """Return how the budgets stand that the market is asked with; orders cost nothing."""
        return self._source.budgets() if isinstance(self._source, TellsBudgets) else ()

    def instruments(self) -> Mapping[str, InstrumentRules]:
        """Return the rules of every instrument, with the fees that this account pays."""
        return self._exchange.rules

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the selector's instruments, most traded first."""
        return await self._source.select(selector)

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last."""
        return await self._source.fetch_candles(instrument, timeframe, limit)

    def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield candles as they close."""
        return self._source.stream_candles(instrument, timeframe)

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        """Yield each change of the best prices; an instrument with a working order has a candle stream, and is among them."""
        return self._source.stream_tickers()

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the best prices now."""
        return await self._source.fetch_ticker(instrument)

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        """Place an order; it is durable, with what it traded at once, before this returns. InvalidOrder `no_price` on a market unseen."""
        gate()
        await self._travel()
        self._check_arrival(request, stamp, not_after)
        await self._look(request)
        self._check_arrival(request, stamp, not_after)
        return (await self._exchange.place(request)).report()

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        """Place both, durably, or neither; their money is claimed once. InvalidOrder where one of them would act at once."""
        gate()
        await self._travel()
        self._check_arrival(stop, stamp, not_after)
        await self._look(stop)
        self._check_arrival(stop, stamp, not_after)
        placed_stop, placed_target = await self._exchange.place_pair(stop, target)
        return placed_stop.report(), placed_target.report()

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        """Take an order off, and with it the other one of its pair."""
        await self._travel()
        return (await self._exchange.cancel(instrument, venue_order_id)).report()

    async def fetch_open_orders(self, instrument: str | None = None) -> Sequence[OrderReport]:
        """Return the working orders, oldest first."""
        return [order.report() for order in await self._exchange.open_orders(instrument)]

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        """Return the account's totals by currency, and its positions by instrument."""
        return await self._exchange.held()

    async def fetch_entry_costs(self) -> Mapping[str, Decimal]:
        """Return what each open position cost, by instrument, in its quote currency, signed: a `TellsEntryCosts`."""
        return await self._exchange.costs()

    async def _travel(self) -> None:
        if self._options.latency_ms:
            await self._clock.sleep(self._options.latency_ms / 1000)

    async def _look(self, request: OrderRequest) -> None:
        await self._at_work.prices.look(request.instrument, with_last=request.type is OrderType.STOP)

    def _check_arrival(self, request: OrderRequest, stamp: datetime, not_after: datetime) -> None:
        """Refuse what comes too late. Asked again after the market was: an order is placed within its window or never."""
        check_arrival(request.client_order_id, now=self._clock.now(), stamp=stamp, not_after=not_after)

    @property
    def _exchange(self) -> PaperExchange:
        return self._at_work.exchange

    @property
    def _at_work(self) -> Opened:
        if self._opened is None:
            raise VenueUnavailable(f"Venue {self.name!r} is not open; open it first.")
        return self._opened
