"""An exchange's market data over real sockets, as `venues/ccxt.py` puts it together, and what styrman logs meanwhile."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from styrman.clock import Clock, SystemClock
from styrman.log import attach
from styrman.market.limiter import Budgets
from styrman.ports import Capabilities, Mode, Venue
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.market_data import ExchangeMarket
from styrman.venues.exchange.options import parse_options
from styrman.venues.exchange.sharing import Shared


class MarketVenue(ExchangeMarket):
    """As much of a venue as the hub reads."""

    mode = Mode.LIVE
    capabilities = Capabilities()

    def __init__(self, connection: Connection, *, stall_s: float = 60.0) -> None:
        super().__init__(connection, stall_s=stall_s)
        self.name = connection.name
        self.connection = connection

    def market_time(self) -> datetime:
        return self.connection.venue_now()

    def as_venue(self) -> Venue:
        return cast("Venue", self)  # it takes no orders, and the hub places none


@asynccontextmanager
async def connected(
    url: str, exchange: str = "binance", *, stall_s: float = 60.0, clock: Clock | None = None
) -> AsyncIterator[MarketVenue]:
    """Open an exchange that answers at `url`."""
    clock = clock or SystemClock()
    options: Mapping[str, JsonValue] = {"exchange": exchange, "base_url": url}
    connection = Connection(exchange, parse_options(exchange, options), shared=Shared(Budgets(clock)), clock=clock)
    await connection.open()
    market = MarketVenue(connection, stall_s=stall_s)
    await market.open()
    try:
        yield market
    finally:
        await market.close()
        await connection.close()


@contextmanager
def logged(*levels: str) -> Iterator[list[str]]:
    """Collect the lines of these levels, as sentences."""
    lines: list[str] = []
    detach = attach(lambda line: lines.append(f"{line['event']} {line}") if line["level"] in levels else None)
    try:
        yield lines
    finally:
        detach()
