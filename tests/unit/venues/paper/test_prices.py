"""When an order arrives, and at which moment's prices: never before it came, never on prices of the past."""

import asyncio
from datetime import timedelta

import pytest

from contract.venue_desk import open_gate
from styrman.domain.market import Side
from styrman.domain.orders import VenueOrderStatus
from styrman.errors import ClockSkewed, InvalidOrder, OrderDenied, VenueUnavailable
from styrman.venues.papertrading import prices
from unit.venues.paper.conftest import OpenPaper

FILLED, OPEN = VenueOrderStatus.FILLED, VenueOrderStatus.OPEN
DOWN = VenueUnavailable("The exchange can't be reached.")


async def test_an_order_trades_at_the_prices_of_its_arrival(open_paper: OpenPaper) -> None:
    trading = await open_paper(latency_ms=500)
    sending = asyncio.create_task(trading.desk.buy("1"))
    await trading.market.wait(0.4)
    trading.market.set_price("104")
    await trading.market.wait(0.1)

    report = await sending

    assert report.average_price == trading.market.ticker().ask
    assert report.average_price > 104


async def test_an_order_under_way_past_its_deadline_is_refused_and_leaves_nothing(open_paper: OpenPaper) -> None:
    trading = await open_paper(latency_ms=6000)
    sending = asyncio.create_task(trading.desk.buy("1"))
    await trading.market.wait(6)

    with pytest.raises(ClockSkewed):
        await sending

    assert await trading.desk.venue.fetch_order("ABC/USD", "desk1") is None


async def test_an_order_whose_market_answers_past_its_deadline_is_refused(open_paper: OpenPaper) -> None:
    """What a desk takes for absent after the deadline must not appear after it."""
    trading = await open_paper()
    trading.market.answers.clear()
    sending = asyncio.create_task(trading.desk.buy("1"))
    await trading.market.wait(5.5)
    trading.market.answers.set()

    with pytest.raises(ClockSkewed):
        await sending

    assert await trading.desk.venue.fetch_order("ABC/USD", "desk1") is None


async def test_a_shut_gate_lets_no_order_in(open_paper: OpenPaper) -> None:
    trading = await open_paper()

    def shut() -> None:
        raise OrderDenied("halted", "Halted.")

    with pytest.raises(OrderDenied):
        await trading.desk.send(trading.desk.request(Side.BUY, "1"), gate=shut)

    assert await trading.desk.venue.fetch_order("ABC/USD", "desk1") is None


async def test_the_gate_is_asked_before_anything_is_awaited(open_paper: OpenPaper) -> None:
    trading = await open_paper(latency_ms=500)
    asked: list[float] = []
    now = trading.harness.now()
    request = trading.desk.request(Side.BUY, "1")
    placing = trading.desk.venue.create_order(
        request, stamp=now, not_after=now + timedelta(seconds=5), gate=lambda: asked.append(trading.market.clock.monotonic())
    )
    sending = asyncio.create_task(placing)
    await trading.market.wait(0.5)
    await sending

    assert asked == [0.0]


async def test_orders_are_refused_for_certain_while_the_market_cannot_be_read(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    trading.market.down = DOWN

    with pytest.raises(InvalidOrder) as refused:
        await trading.desk.buy("1")

    assert refused.value.reason == "no_price"
    assert DOWN.detail in refused.value.detail
    assert await trading.desk.venue.fetch_order("ABC/USD", "desk1") is None


async def test_orders_that_wait_for_one_answer_share_that_none_came(open_paper: OpenPaper, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, each would wait as long again, until the last were past their deadlines and their bots crashed."""
    monkeypatch.setattr(prices, "_PATIENCE_S", 0.05)
    trading = await open_paper()
    trading.market.answers.clear()
    before = len(trading.market.asked)

    ends = await asyncio.gather(*(trading.desk.buy("1") for _ in range(5)), return_exceptions=True)

    assert [type(end) for end in ends] == [InvalidOrder] * 5
    assert len(trading.market.asked) - before == 1


async def test_prices_seen_a_moment_ago_still_serve(open_paper: OpenPaper) -> None:
    trading = await open_paper(stale_s=5)
    await trading.desk.buy("1")
    trading.market.down = DOWN
    await trading.market.wait(4)
    young = await trading.desk.buy("1")
    await trading.market.wait(2)

    assert young.status is FILLED
    with pytest.raises(InvalidOrder):
        await trading.desk.buy("1")


async def test_cancels_and_reads_go_on_while_the_market_cannot_be_read(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "90.00")
    trading.market.down = DOWN

    canceled = await trading.desk.cancel(report)

    assert canceled.status is VenueOrderStatus.CANCELED
    assert await trading.desk.balance("ABC") == 1000


async def test_orders_at_the_same_moment_ask_the_market_once_and_share_what_it_shows(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show([("99", "1")], [("101", "10")])
    trading.market.asked.clear()
    trading.market.answers.clear()
    sending = [asyncio.create_task(trading.desk.buy("1", "101.00")) for _ in range(20)]
    await trading.market.clock.settle()
    trading.market.answers.set()

    reports = await asyncio.gather(*sending)

    assert trading.market.asked == ["book"]
    assert sum(report.filled for report in reports) == 10


async def test_a_dropped_stream_is_read_anew(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    await trading.market.wait(1)
    trading.market.books.tell(DOWN)
    trading.market.candles.tell(DOWN)
    await trading.market.wait(5)

    await trading.market.show([("90", "5")], [("94", "5")])

    assert (await trading.desk.read(report)).status is FILLED


async def test_nothing_is_read_where_no_order_works(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    market = trading.market
    await market.clock.settle()
    before = (market.books.readers, market.candles.readers, market.tickers.readers)
    report = await trading.desk.buy("1", "95.00")
    await market.clock.settle()
    during = (market.books.readers, market.candles.readers, market.tickers.readers)

    await trading.desk.cancel(report)
    await market.wait(60)
    await market.show([("99", "1")], [("101", "1")])

    assert (before, during) == ((0, 0, 0), (1, 1, 1))
    assert (market.books.readers, market.candles.readers, market.tickers.readers) == (0, 0, 0)


async def test_an_order_placed_while_the_last_reader_leaves_is_followed(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.desk.cancel(await trading.desk.buy("1", "95.00"))
    trading.market.books.lets_go.clear()
    trading.market.tell()
    await trading.market.clock.settle()
    report = await trading.desk.buy("1", "95.00")
    trading.market.books.lets_go.set()
    await trading.market.wait(1)

    await trading.market.show([("90", "5")], [("94", "5")])

    assert (await trading.desk.read(report)).status is FILLED


async def test_a_market_that_gives_a_reader_nonsense_is_said_to_the_account(open_paper: OpenPaper) -> None:
    """A reader that dies must not leave orders waiting in silence."""
    trading = await open_paper()
    await trading.desk.buy("1", "95.00")
    stream = trading.desk.venue.stream_account()
    reading = asyncio.ensure_future(anext(stream))
    await trading.market.clock.settle()

    trading.market.books.tell("nonsense")

    with pytest.raises(VenueUnavailable, match="book:ABC/USD"):
        await reading
    assert (await trading.desk.buy("1", "94.00")).status is OPEN


async def test_a_venue_that_is_not_open_takes_no_order(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.desk.venue.close()
    now = trading.harness.now()

    with pytest.raises(VenueUnavailable, match="open it first"):
        await trading.desk.venue.create_order(trading.desk.request(Side.BUY, "1"), stamp=now, not_after=now, gate=open_gate)
