"""The paper venue on what ccxt's binance shows of a local testnet, over real sockets: real books, real candles, and our own fills."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from pydantic import JsonValue

from contract.ccxt_harness import CcxtHarness
from contract.venue_desk import Desk
from styrman.domain.market import Side
from styrman.domain.orders import VenueOrderStatus
from styrman.ports import Mode, Venue
from styrman.venues.ccxt import CcxtMarket
from styrman.venues.exchange.options import parse_options
from styrman.venues.paper import PAPER_OPTIONS, PaperVenue

OPEN, FILLED = VenueOrderStatus.OPEN, VenueOrderStatus.FILLED


class PaperOverCcxt(CcxtHarness):
    """Everybody's view of the testnet, without a credential."""

    def _make(self) -> Venue:  # type: ignore[override] # the same wires, another venue
        options: dict[str, JsonValue] = {"exchange": "binance", "base_url": self.testnet.url, "balances": {"ABC": "1000", "USD": "100000"}}
        market = CcxtMarket("bin", parse_options("bin", options, also=PAPER_OPTIONS), shared=self._shared, clock=self.clock)
        return PaperVenue("bin", options, source=market, folder=self._home / "venues" / "bin", clock=self.clock)

    async def placed(self) -> list[object]:
        """Return every order that the exchange has ever had."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.testnet.url}/_orders") as answer:
            orders = await answer.json()
        assert isinstance(orders, list)
        return orders


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[PaperOverCcxt]:
    harness = PaperOverCcxt(tmp_path / "home")
    await harness.open()
    yield harness
    await harness.close()


async def test_a_market_order_trades_with_the_book_that_the_exchange_shows(harness: PaperOverCcxt) -> None:
    desk = Desk(harness)
    ask = (await desk.venue.fetch_ticker(harness.instrument)).ask

    report = await desk.buy("2")

    assert (report.status, report.average_price) == (FILLED, ask)
    assert harness.venue.mode is Mode.PAPER
    assert await harness.placed() == []


async def test_a_resting_order_and_a_stop_trade_as_the_exchange_moves(harness: PaperOverCcxt) -> None:
    desk = Desk(harness)
    buy, stop = await desk.buy("1", "96.00"), await desk.stop(Side.SELL, "1", "95.00")
    untouched = [(await desk.read(each)).status for each in (buy, stop)]

    await harness.move("90")
    await harness.move("90")

    bought, sold = await desk.read(buy), await desk.read(stop)
    assert untouched == [OPEN, OPEN]
    assert (bought.status, bought.average_price) == (FILLED, Decimal(96))
    assert sold.status is FILLED
    assert sold.average_price is not None
    assert Decimal(89) < sold.average_price <= Decimal(95)


async def test_down_time_is_played_on_the_candles_of_the_exchange(harness: PaperOverCcxt) -> None:
    desk = Desk(harness)
    report = await desk.buy("1", "95.00")
    await harness.venue.close()
    await harness.move("90")
    await harness.move("100")

    harness.venue = harness._make()
    await harness.venue.open()

    read = await desk.read(report)
    assert (read.status, read.average_price) == (FILLED, Decimal(95))
