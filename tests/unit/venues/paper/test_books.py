"""What trades with a live order book: every level once, at its own price, up to the size shown."""

from decimal import Decimal

from styrman.domain.market import OrderBook
from styrman.domain.orders import TimeInForce, VenueOrderStatus
from unit.venues.paper.conftest import OpenPaper

FILLED, PARTIAL, OPEN, CANCELED = (
    VenueOrderStatus.FILLED,
    VenueOrderStatus.PARTIALLY_FILLED,
    VenueOrderStatus.OPEN,
    VenueOrderStatus.CANCELED,
)
BIDS, ASKS = [("99", "1"), ("98", "2")], [("101", "1"), ("102", "2"), ("105", "10")]


async def test_a_market_order_walks_the_levels(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show(BIDS, ASKS)

    await trading.desk.buy("4")

    taken = [(fill.price, fill.quantity, fill.maker) for fill in await trading.desk.fills()]
    assert taken == [(Decimal(101), Decimal(1), False), (Decimal(102), Decimal(2), False), (Decimal(105), Decimal(1), False)]


async def test_a_crossing_limit_takes_what_its_price_allows_and_rests(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show(BIDS, ASKS)

    report = await trading.desk.buy("5", "102.00")

    assert (report.status, report.filled) == (PARTIAL, Decimal(3))
    assert max(fill.price for fill in await trading.desk.fills()) == 102


async def test_the_same_size_is_not_taken_twice_while_the_level_stands(open_paper: OpenPaper) -> None:
    """Our trades happen on paper: the next book shows what we took as if it were still there."""
    trading = await open_paper()
    await trading.market.show(BIDS, ASKS)
    await trading.desk.buy("1", "101.00", time_in_force=TimeInForce.IOC)
    await trading.market.wait(1)
    await trading.market.show([("98.50", "7")], ASKS)

    second = await trading.desk.buy("1", "101.00", time_in_force=TimeInForce.IOC)

    assert (second.status, second.filled) == (CANCELED, Decimal(0))


async def test_a_level_of_another_size_is_a_new_offer(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show(BIDS, ASKS)
    await trading.desk.buy("1", "101.00")
    await trading.market.wait(1)
    await trading.market.show(BIDS, [("101", "3")])

    second = await trading.desk.buy("3", "101.00")

    assert second.status is FILLED


async def test_a_resting_order_takes_no_more_than_is_shown_at_its_price(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("5", "95.00")
    await trading.market.wait(1)

    await trading.market.show([("93", "9")], [("94", "1"), ("95", "2"), ("96", "50")])

    read = await trading.desk.read(report)
    assert (read.status, read.filled, read.average_price) == (PARTIAL, Decimal(3), Decimal(95))


async def test_the_better_price_comes_before_the_older_order(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    older = await trading.desk.buy("2", "95.00")
    better = await trading.desk.buy("2", "96.00")
    await trading.market.wait(1)

    await trading.market.show([("90", "9")], [("95", "3")])

    assert (await trading.desk.read(better)).filled == 2
    assert (await trading.desk.read(older)).filled == 1


async def test_what_a_market_order_leaves_trades_with_the_next_book(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show([("99", "1")], [("101", "1")])
    report = await trading.desk.buy("3")
    await trading.market.wait(1)

    await trading.market.show([("99", "1")], [("103", "2")])

    read = await trading.desk.read(report)
    assert (report.status, read.status, read.average_price) == (PARTIAL, FILLED, Decimal(307) / 3)


async def test_a_book_from_before_an_order_is_nothing_to_it(open_paper: OpenPaper) -> None:
    """A stream that lags tells what was there before the order came."""
    trading = await open_paper()
    older = await trading.desk.buy("1", "95.00")
    await trading.market.wait(0.1)
    trading.market.set_book([(Decimal(90), Decimal(9))], [(Decimal(95), Decimal(9))])
    await trading.market.wait(0.1)
    younger = await trading.desk.buy("1", "96.00")

    trading.market.books.tell(trading.market.book)
    await trading.market.clock.settle()

    assert [(await trading.desk.read(each)).status for each in (older, younger)] == [FILLED, OPEN]


async def test_a_book_older_than_the_one_before_is_nothing_to_anybody(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    await trading.market.wait(1)
    late = OrderBook("ABC/USD", ((Decimal(90), Decimal(9)),), ((Decimal(95), Decimal(9)),), trading.market.clock.now())
    await trading.market.wait(1)
    await trading.market.show([("99", "1")], [("101", "1")])

    trading.market.books.tell(late)
    await trading.market.clock.settle()

    assert (await trading.desk.read(report)).status is OPEN


async def test_fok_is_refused_whole_where_the_levels_within_its_price_do_not_suffice(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show(BIDS, ASKS)

    report = await trading.desk.buy("4", "102.00", time_in_force=TimeInForce.FOK)
    whole = await trading.desk.buy("3", "102.00", time_in_force=TimeInForce.FOK)

    assert (report.status, report.filled) == (CANCELED, Decimal(0))
    assert whole.status is FILLED


async def test_a_fok_market_order_that_the_money_does_not_cover_buys_nothing(open_paper: OpenPaper) -> None:
    trading = await open_paper(balances={"USD": "300"})
    await trading.market.show(BIDS, [("101", "1"), ("250", "10")])

    report = await trading.desk.buy("2", time_in_force=TimeInForce.FOK)

    assert (report.status, report.filled) == (CANCELED, Decimal(0))


async def test_a_market_buy_ends_where_its_money_does(open_paper: OpenPaper) -> None:
    trading = await open_paper(balances={"USD": "300"})
    await trading.market.show(BIDS, [("101", "1"), ("250", "10")])

    report = await trading.desk.buy("2")

    assert (report.status, report.reason) == (CANCELED, "insufficient_funds")
    assert 1 < report.filled < 2
    assert 0 <= await trading.desk.balance("USD") < Decimal("0.30")


async def test_a_buy_pays_its_fee_in_base_where_the_option_says_so(open_paper: OpenPaper) -> None:
    trading = await open_paper(fee_in_base=True, taker_fee="0.002")

    await trading.desk.buy("2")

    assert await trading.desk.balance("ABC") == Decimal("1001.996")
