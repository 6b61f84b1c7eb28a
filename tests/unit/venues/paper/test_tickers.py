"""A market that shows no books: its best prices, and our share of its usual volume, stand for one."""

from decimal import Decimal

from styrman.domain.market import Side
from styrman.domain.orders import VenueOrderStatus
from unit.venues.paper.conftest import OpenPaper

OPEN, PARTIAL, FILLED = VenueOrderStatus.OPEN, VenueOrderStatus.PARTIALLY_FILLED, VenueOrderStatus.FILLED


async def test_a_market_order_trades_at_the_best_price_within_the_usual_volume(open_paper: OpenPaper) -> None:
    trading = await open_paper(has_books=False, participation=0.05)

    report = await trading.desk.buy("70")

    assert (report.status, report.filled, report.average_price) == (PARTIAL, Decimal(50), Decimal("100.01"))
    assert "book" not in trading.market.asked


async def test_the_usual_volume_is_taken_once_a_minute_whatever_the_price_does(open_paper: OpenPaper) -> None:
    trading = await open_paper(has_books=False, participation=0.05)
    report = await trading.desk.buy("120")
    await trading.market.wait(10)
    trading.market.set_price("101")
    trading.market.tell()
    await trading.market.wait(10)
    same_minute = await trading.desk.read(report)
    await trading.market.wait(50)
    trading.market.tell()
    await trading.market.wait(1)

    assert (same_minute.filled, (await trading.desk.read(report)).filled) == (Decimal(50), Decimal(100))


async def test_a_resting_limit_trades_when_the_best_price_reaches_it(open_paper: OpenPaper) -> None:
    trading = await open_paper(has_books=False)
    report = await trading.desk.buy("1", "95.00")

    await trading.market.move("94")

    assert (await trading.desk.read(report)).average_price == 95


async def test_a_touched_stop_sells_at_the_bid_told_with_the_touch(open_paper: OpenPaper) -> None:
    trading = await open_paper(has_books=False)
    report = await trading.desk.stop(Side.SELL, "1", "95.00")
    await trading.market.wait(1)
    trading.market.set_price("91")

    trading.market.tell()
    await trading.market.wait(1)

    assert (await trading.desk.read(report)).average_price == Decimal("90.99")


async def test_a_market_without_volume_offers_nothing(open_paper: OpenPaper) -> None:
    trading = await open_paper(has_books=False)
    trading.market.rows = [(*row[:5], 0.0) for row in trading.market.rows]

    report = await trading.desk.buy("1")

    assert (report.status, report.filled) == (OPEN, Decimal(0))
