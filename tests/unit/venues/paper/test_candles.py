"""What a closed candle proves: orders trade on it that were there before it opened, where the price went through theirs."""

from decimal import Decimal

from styrman.domain.market import Side
from styrman.domain.orders import VenueOrderStatus
from unit.venues.paper.conftest import OpenPaper

OPEN, PARTIAL, FILLED = VenueOrderStatus.OPEN, VenueOrderStatus.PARTIALLY_FILLED, VenueOrderStatus.FILLED


async def test_a_limit_trades_where_a_candle_went_through_it(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")

    await trading.market.candle(high="100", low="94.99", close="100")

    read = await trading.desk.read(report)
    assert (read.status, read.average_price) == (FILLED, Decimal(95))
    assert [fill.maker for fill in await trading.desk.fills()] == [True]


async def test_a_candle_that_only_touches_a_limit_proves_nothing(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")

    await trading.market.candle(high="100", low="95.00", close="100")

    assert (await trading.desk.read(report)).status is OPEN


async def test_an_order_trades_nothing_on_the_candle_it_came_in(open_paper: OpenPaper) -> None:
    """Its low may have been before the order: no look-ahead, and no look back."""
    trading = await open_paper()
    await trading.market.wait(30)
    report = await trading.desk.buy("1", "95.00")
    trading.market._extremes = (94.0, 100.0)

    await trading.market.wait(30)

    assert trading.market.rows[-1][3] == 94
    assert (await trading.desk.read(report)).status is OPEN


async def test_a_candle_gives_no_more_than_our_share_of_its_volume(open_paper: OpenPaper) -> None:
    trading = await open_paper(participation=0.1)
    first, second = await trading.desk.buy("6", "95.00"), await trading.desk.buy("6", "94.00")

    await trading.market.candle(high="100", low="90", close="100", volume=100)

    assert [(await trading.desk.read(each)).filled for each in (first, second)] == [6, 4]


async def test_what_was_traded_while_a_candle_formed_is_not_traded_on_it_again(open_paper: OpenPaper) -> None:
    trading = await open_paper(participation=0.1)
    report = await trading.desk.buy("12", "95.00")
    await trading.market.wait(10)
    await trading.market.show([("93", "9")], [("95", "8")])
    trading.market._extremes = (94.0, 100.0)

    await trading.market.wait(50, volume=100)

    assert (await trading.desk.read(report)).filled == 10


async def test_a_stop_that_only_a_candle_shows_sells_at_its_worst_price(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.stop(Side.SELL, "1", "95.00")

    await trading.market.candle(high="100", low="93.50", close="100")

    read = await trading.desk.read(report)
    assert (read.status, read.average_price) == (FILLED, Decimal("93.50"))
    assert [fill.maker for fill in await trading.desk.fills()] == [False]


async def test_a_stop_touched_in_a_candle_without_volume_still_sells(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.stop(Side.SELL, "1", "95.00")

    await trading.market.candle(high="100", low="93.50", close="96", volume=0)

    assert (await trading.desk.read(report)).status is FILLED


async def test_a_candle_that_was_missed_is_asked_for(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    readers, trading.market.candles._readers = trading.market.candles._readers, []
    await trading.market.candle(high="100", low="94", close="100")
    trading.market.candles._readers = readers
    missed = await trading.desk.read(report)

    await trading.market.candle(high="100", low="99", close="100")

    assert missed.status is OPEN
    assert (await trading.desk.read(report)).status is FILLED
