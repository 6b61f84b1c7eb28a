"""The simulated venue: real recorded candles or a seeded synthetic market, and an account on it that outlives the process.

It owns its folder (HOME/venues/NAME). It never touches a network, and never shows a price before its market time.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import structlog
from pydantic import JsonValue

from styrman.clock import Clock
from styrman.domain.market import Candles, InstrumentRules, Ticker, from_ms
from styrman.domain.orders import OrderReport, OrderRequest
from styrman.domain.spec import Selector
from styrman.errors import VenueUnavailable
from styrman.ports.venue import Capabilities, ClientIdClass, Gate, Mode
from styrman.venues.simulation.exchange import Exchange
from styrman.venues.simulation.local import LocalAccount, check_arrival
from styrman.venues.simulation.opening import open_exchange, open_source
from styrman.venues.simulation.options import parse_options
from styrman.venues.simulation.source import Source
from styrman.venues.simulation.streams import as_ticker

log = structlog.get_logger(__name__)


class SimulatedVenue(LocalAccount):
    """A `ports.Venue`. ConfigInvalid from the constructor (options) or from `open` (recordings)."""

    mode = Mode.SIMULATED

    def __init__(self, name: str, options: Mapping[str, JsonValue], *, folder: Path, clock: Clock) -> None:
        self.name = name
        self._options = parse_options(name, options)
        self._folder, self._clock = folder, clock
        self._opened: Exchange | None = None
        self._matching: asyncio.Task[None] | None = None
        self.capabilities = Capabilities(
            client_id_class=ClientIdClass.A,
            window=timedelta(seconds=5),
            visibility_lag=timedelta(0),
            order_lists=True,
            reduce_only=True,
            streams=frozenset({"candles", "tickers", "orders"}),
            paced=self._options.is_paced,
        )

    async def open(self) -> None:
        """Load the market, take the account back from the journal, and match what rested through the candles of the down time."""
        self._opened = await open_exchange(await self._source(), self._options, self._folder, self._clock)
        if not self._options.is_paced:
            self._matching = asyncio.create_task(self._keep_matching(), name=f"venue:{self.name}:matching")

    async def close(self) -> None:
        """End the streams and close the journal. The market goes on, and the orders in it: the next `open` finds what became of them."""
        matching, self._matching = self._matching, None
        exchange, self._opened = self._opened, None
        if matching is not None:
            matching.cancel()
            await asyncio.wait({matching})
        if exchange is not None:
            await exchange.close()

    def market_time(self) -> datetime:
        """Return the market's time."""
        return from_ms(self._exchange.timeline.now_ms())

    def instruments(self) -> Mapping[str, InstrumentRules]:
        """Return the rules of every instrument of the market."""
        return self._exchange.market.rules

    async def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the instruments with the highest quote volume in the last day of market time."""
        return self._exchange.market.select(selector, self._exchange.timeline.now_ms())

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        """Return at most `limit` closed candles, the newest last; VenueRefused for an instrument or a time frame there isn't."""
        return await self._exchange.view.history(instrument, timeframe, limit)

    def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        """Yield the candles that close from this call on."""
        return self._exchange.view.candles(instrument, timeframe)

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        """Yield each change of the prices of instruments with an open candle stream or a working order."""
        return self._exchange.view.tickers(self._exchange.engine.traded)

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the prices of now; VenueUnavailable where the instrument has not begun to trade."""
        quote = self._exchange.market.quote(instrument, self._exchange.timeline.now_ms())
        if quote is None:
            raise VenueUnavailable(f"{instrument} has no price yet at {self.market_time()}; its recording begins later.")
        return as_ticker(instrument, quote)

    async def create_order(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        """Place an order; it is durable, with what it traded at once, before this returns."""
        await self._arrive(request.client_order_id, stamp=stamp, not_after=not_after, gate=gate)
        return (await self._exchange.place(request)).report()

    async def create_pair(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        """Place both, durably, or neither; their money is locked once. InvalidOrder where one of them would act at once."""
        await self._arrive(stop.client_order_id, stamp=stamp, not_after=not_after, gate=gate)
        placed_stop, placed_target = await self._exchange.place_pair(stop, target)
        return placed_stop.report(), placed_target.report()

    async def cancel_order(self, instrument: str, venue_order_id: str) -> OrderReport:
        """Take an order off."""
        return (await self._exchange.cancel(instrument, venue_order_id)).report()

    async def fetch_open_orders(self, instrument: str | None = None) -> Sequence[OrderReport]:
        """Return the working orders, oldest first."""
        return [order.report() for order in await self._exchange.working(instrument)]

    async def fetch_balances(self) -> Mapping[str, Decimal]:
        """Return the account's totals by currency."""
        return await self._exchange.balances()

    async def _arrive(self, name: str, *, stamp: datetime, not_after: datetime, gate: Gate) -> None:
        """Let a request travel for as long as the options say; refuse it where it comes too late."""
        gate()
        if self._options.latency_ms:
            await self._clock.sleep(self._options.latency_ms / 1000)
        check_arrival(name, now=self._clock.now(), stamp=stamp, not_after=not_after)

    async def _source(self) -> Source:
        """Return the market to play; a subclass may play another."""
        return await open_source(self.name, self._options, self._folder)

    @property
    def _exchange(self) -> Exchange:
        if self._opened is None:
            raise VenueUnavailable(f"Venue {self.name!r} is not open; open it first.")
        return self._opened

    async def _keep_matching(self) -> None:
        """Match the working orders at each step of the market; sleep where none works."""
        try:
            await self._exchange.keep_playing()
        except VenueUnavailable as failure:
            log.error("matching stopped", venue=self.name, error=failure.detail)
