"""What the venue suite needs of each adapter (`VenueHarness`), and a desk to trade from."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType
from styrman.ports import Gate, Venue

Happening = OrderReport | Fill


def open_gate() -> None:
    """Let everything out."""


PATIENCE_S = 5.0


class VenueHarness(Protocol):
    """One adapter over a market that a test moves by hand. It opens at 100.00, with a spread of a few ticks.

    The account opens with 1,000 of base and 100,000 of quote; the fee is a thousandth, in quote.
    """

    instrument: str
    venue: Venue

    def now(self) -> datetime:
        """Return the wall time that the venue goes by."""
        ...

    async def open(self) -> None:
        """Open the venue."""
        ...

    async def move(self, price: str, *, volume: float = 1000.0) -> None:
        """Let the price go straight to `price` and stay there; what trades on the way is `volume`."""
        ...

    async def wait(self, span_s: float) -> None:
        """Let wall time pass."""
        ...

    async def restart(self) -> Venue:
        """Close the venue and open it anew, as another process would."""
        ...


class Desk:
    """Trades on a harness's venue, with client ids of its own."""

    def __init__(self, harness: VenueHarness) -> None:
        self.harness = harness
        self._numbers = itertools.count(1)

    @property
    def venue(self) -> Venue:
        """The venue as it is open now."""
        return self.harness.venue

    @property
    def rules(self) -> InstrumentRules:
        """The rules of the one instrument."""
        return self.venue.instruments()[self.harness.instrument]

    def request(self, side: Side, quantity: str, price: str | None = None, **more: object) -> OrderRequest:
        """Return a request: a limit order where there is a price, else a market order."""
        fields: dict[str, object] = {
            "client_order_id": f"desk{next(self._numbers)}",
            "instrument": self.harness.instrument,
            "type": OrderType.MARKET if price is None else OrderType.LIMIT,
            "price": None if price is None else Decimal(price),
        }
        return OrderRequest(side=side, quantity=Decimal(quantity), **(fields | more))  # type: ignore[arg-type] # the tests' shorthand

    async def send(self, request: OrderRequest, *, stamp: datetime | None = None, gate: Gate = open_gate) -> OrderReport:
        """Place it, signed with the stamp; now unless told otherwise."""
        stamp = stamp or self.harness.now()
        return await self.venue.create_order(request, stamp=stamp, not_after=stamp + timedelta(seconds=5), gate=gate)

    async def buy(self, quantity: str, price: str | None = None, **more: object) -> OrderReport:
        """Buy."""
        return await self.send(self.request(Side.BUY, quantity, price, **more))

    async def sell(self, quantity: str, price: str | None = None, **more: object) -> OrderReport:
        """Sell."""
        return await self.send(self.request(Side.SELL, quantity, price, **more))

    async def stop(self, side: Side, quantity: str, stop_price: str) -> OrderReport:
        """Place a stop."""
        return await self.send(self.request(side, quantity, type=OrderType.STOP, stop_price=Decimal(stop_price)))

    async def read(self, report: OrderReport) -> OrderReport:
        """Return an order as the venue knows it now."""
        found = await self.venue.fetch_order(report.instrument, str(report.client_order_id))
        assert found is not None
        return found

    async def cancel(self, report: OrderReport) -> OrderReport:
        """Take an order off."""
        return await self.venue.cancel_order(report.instrument, report.venue_order_id)

    async def fills(self) -> list[Fill]:
        """Return every fill of the account."""
        return list(await self.venue.fetch_fills(self.harness.instrument, datetime.min.replace(tzinfo=self.harness.now().tzinfo)))

    async def balance(self, currency: str) -> Decimal:
        """Return the total of one currency."""
        return (await self.venue.fetch_balances()).get(currency, Decimal(0))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        """Follow the account's stream inside the block."""
        listener = Listener(self.venue)
        task = asyncio.create_task(listener.run(), name="desk listener")
        await asyncio.sleep(0)
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.wait({task})


class Listener:
    """What the account's stream has told so far."""

    def __init__(self, venue: Venue) -> None:
        self.heard: list[Happening] = []
        self._stream = venue.stream_account()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Listen for ever."""
        async for happening in self._stream:
            self.heard.append(happening)
            self._news.set()

    async def until(self, wanted: Callable[[Happening], bool]) -> Happening:
        """Return the first message that is wanted; wait for it a while."""
        async with asyncio.timeout(PATIENCE_S):
            while (found := next((each for each in self.heard if wanted(each)), None)) is None:
                self._news.clear()
                await self._news.wait()
        return found
