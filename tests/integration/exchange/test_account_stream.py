"""What happens to the account is told, by stream or by reading, and nothing falls between the two."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from integration.exchange.conftest import Rig
from styrman.domain.orders import Fill, OrderReport, VenueOrderStatus
from styrman.venues.ccxt import CcxtVenue
from styrman.venues.exchange import account_stream

Happening = OrderReport | Fill
PATIENCE_S = 8.0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_stream, "FIRST_RETRY_S", 0.2)
    monkeypatch.setattr(account_stream, "AUDITS_S", (0.05, 0.1, 0.2))


class Heard:
    """What was told so far."""

    def __init__(self) -> None:
        self.messages: list[Happening] = []
        self._news = asyncio.Event()

    def take(self, message: Happening) -> None:
        self.messages.append(message)
        self._news.set()

    async def until(self, wanted: Callable[[Happening], bool]) -> Happening:
        async with asyncio.timeout(PATIENCE_S):
            while (found := next((each for each in self.messages if wanted(each)), None)) is None:
                self._news.clear()
                await self._news.wait()
        return found


@asynccontextmanager
async def hearing(venue: CcxtVenue) -> AsyncIterator[Heard]:
    heard = Heard()

    async def run() -> None:
        async for message in venue.stream_account():
            heard.take(message)

    task = asyncio.create_task(run(), name="hearing")
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait({task})


def fill_of(report: OrderReport) -> Callable[[Happening], bool]:
    return lambda each: isinstance(each, Fill) and each.venue_order_id == report.venue_order_id


def filled(report: OrderReport) -> Callable[[Happening], bool]:
    return lambda each: (
        isinstance(each, OrderReport) and each.venue_order_id == report.venue_order_id and each.status is VenueOrderStatus.FILLED
    )


async def live(venue: CcxtVenue, rig: Rig, heard: Heard) -> None:
    """Return once the stream itself has told something."""
    async with asyncio.timeout(PATIENCE_S):
        while not venue._stream.is_live:
            await heard.until(fill_of(await rig.buy(venue)))


async def test_a_fill_carries_trade_id_fee_and_client_id_and_comes_before_its_report(rig: Rig, venue: CcxtVenue) -> None:
    async with hearing(venue) as heard:
        await live(venue, rig, heard)
        report = await rig.buy(venue)
        await heard.until(filled(report))

    told = [each for each in heard.messages if each.venue_order_id == report.venue_order_id]
    fill = told[0]
    assert isinstance(fill, Fill)
    assert (fill.client_order_id, fill.fee_currency) == (report.client_order_id, "BTC")
    assert fill.fee == Decimal("0.00001")
    assert fill.trade_id.startswith("BTCUSDT:")
    assert fill in await venue.fetch_fills(report.instrument, fill.market_time)


async def test_a_dropped_stream_loses_nothing_and_is_taken_up_again(rig: Rig, venue: CcxtVenue) -> None:
    async with hearing(venue) as heard:
        await live(venue, rig, heard)
        await rig.fault("drop_stream")
        meanwhile = [await rig.buy(venue) for _ in range(3)]
        for report in meanwhile:
            await heard.until(fill_of(report))
        async with asyncio.timeout(PATIENCE_S):
            while not venue._stream.is_live:
                await heard.until(fill_of(await rig.buy(venue)))

    ids = [each.trade_id for each in heard.messages if isinstance(each, Fill)]
    assert len(ids) == len(set(ids)) == len(await rig.orders())


async def test_a_stream_that_falls_silent_is_found_out_and_read_instead(
    rig: Rig, venue: CcxtVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_stream, "_LATE", account_stream._LATE * 0)
    async with hearing(venue) as heard:
        await live(venue, rig, heard)
        await rig.fault("drop_stream", silent=True)
        await heard.until(filled(await rig.buy(venue)))
        async with asyncio.timeout(PATIENCE_S):
            while venue._stream.is_live:
                await heard.until(filled(await rig.buy(venue)))


async def test_an_order_whose_answer_was_lost_is_told_of_all_the_same(rig: Rig, venue: CcxtVenue) -> None:
    async with hearing(venue) as heard:
        await rig.fault("drop_answer", method="POST", path="/api/v3/order")
        with pytest.raises(Exception, match="no answer"):
            await rig.buy(venue)

        fill = await heard.until(lambda each: isinstance(each, Fill))

    assert fill.client_order_id == "rig1"


async def test_an_account_that_is_only_read_tells_the_same(rig: Rig, venue: CcxtVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(venue._connection.exchange.has, "watchOrders", False)
    async with hearing(venue) as heard:
        report = await rig.buy(venue)
        resting = await rig.send(venue, rig.request())
        await heard.until(filled(report))
        canceled = await venue.cancel_order(resting.instrument, resting.venue_order_id)
        await heard.until(lambda each: each == canceled)

    assert isinstance(next(each for each in heard.messages if each.venue_order_id == report.venue_order_id), Fill)
