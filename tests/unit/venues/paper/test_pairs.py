"""Stops on the last price, and pairs: each leg ends the other, and their money is claimed once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from contract.venue_desk import open_gate
from styrman.domain.market import Side
from styrman.domain.orders import OrderReport, OrderType, VenueOrderStatus
from styrman.errors import InsufficientFunds, InvalidOrder, VenueUnavailable
from unit.venues.paper.conftest import OpenPaper, Trading

OPEN, PARTIAL, FILLED, CANCELED = (
    VenueOrderStatus.OPEN,
    VenueOrderStatus.PARTIALLY_FILLED,
    VenueOrderStatus.FILLED,
    VenueOrderStatus.CANCELED,
)


async def pair(trading: Trading, quantity: str, stop: str, target: str, side: Side = Side.SELL) -> tuple[OrderReport, OrderReport]:
    desk, now = trading.desk, trading.harness.now()
    legs = desk.request(side, quantity, type=OrderType.STOP, stop_price=Decimal(stop)), desk.request(side, quantity, target)
    return await desk.venue.create_pair(*legs, stamp=now, not_after=now + timedelta(seconds=5), gate=open_gate)


async def statuses(trading: Trading, legs: tuple[OrderReport, OrderReport]) -> list[VenueOrderStatus]:
    return [(await trading.desk.read(leg)).status for leg in legs]


async def test_a_stop_is_not_touched_by_the_best_prices_but_by_a_trade(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.stop(Side.SELL, "1", "95.00")
    await trading.market.wait(1)

    await trading.market.show([("90", "5")], [("91", "5")])
    untouched = await trading.desk.read(report)
    await trading.market.trade_at("94")

    sold = await trading.desk.read(report)
    assert untouched.status is OPEN
    assert (sold.status, sold.average_price) == (FILLED, Decimal(90))


async def test_a_touched_stop_sells_at_the_offers_after_the_touch(open_paper: OpenPaper) -> None:
    """The book it knows is from before the fall; it asks for the one after it."""
    trading = await open_paper()
    report = await trading.desk.stop(Side.SELL, "1", "95.00")
    await trading.market.wait(1)
    trading.market.set_book([(Decimal(80), Decimal(5))], [(Decimal(81), Decimal(5))])  # and the stream says nothing of it

    await trading.market.trade_at("90")

    assert (await trading.desk.read(report)).average_price == 80


async def test_a_filled_target_takes_the_stop_off(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    legs = await pair(trading, "1", "95.00", "110.00")

    await trading.market.move("115")

    assert await statuses(trading, legs) == [CANCELED, FILLED]


async def test_a_triggered_stop_takes_the_target_off(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    legs = await pair(trading, "1", "95.00", "110.00")

    await trading.market.move("90")

    assert await statuses(trading, legs) == [FILLED, CANCELED]


async def test_a_stop_is_alone_from_its_touch_on_even_where_nothing_is_offered_to_it(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    legs = await pair(trading, "1", "95.00", "110.00")
    await trading.market.wait(1)
    trading.market.down = VenueUnavailable("The exchange can't be reached.")

    await trading.market.trade_at("94")

    assert await statuses(trading, legs) == [OPEN, CANCELED]


async def test_a_target_that_traded_in_part_has_taken_the_stop_off(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    legs = await pair(trading, "3", "95.00", "110.00")
    await trading.market.wait(1)

    await trading.market.show([("110", "1")], [("111", "1")])

    assert await statuses(trading, legs) == [CANCELED, PARTIAL]


@pytest.mark.parametrize("canceled", [0, 1])
async def test_cancel_of_either_leg_ends_both_and_frees_all(open_paper: OpenPaper, canceled: int) -> None:
    trading = await open_paper()
    legs = await pair(trading, "1000", "95.00", "110.00")

    await trading.desk.cancel(legs[canceled])

    assert await statuses(trading, legs) == [CANCELED, CANCELED]
    assert (await trading.desk.sell("1000", "110.00")).status is OPEN


async def test_a_pair_claims_what_one_of_its_legs_needs(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await pair(trading, "600", "95.00", "110.00")

    with pytest.raises(InsufficientFunds):
        await trading.desk.sell("400.001", "120.00")
    assert (await trading.desk.sell("400", "120.00")).status is OPEN


async def test_what_a_triggered_leg_no_longer_claims_is_free(open_paper: OpenPaper) -> None:
    """A buy pair claims by its dearer leg; once the cheaper one has traded nothing is left of it."""
    trading = await open_paper(balances={"USD": "1100"})
    await pair(trading, "10", "105.00", "90.00", Side.BUY)
    await trading.market.move("89")

    held = await trading.desk.balance("USD")
    assert held == Decimal(1100) - 900 - Decimal("0.9")
    assert (await trading.desk.buy("2", "90.00")).status is FILLED


@pytest.mark.parametrize(("stop", "target"), [("101.00", "110.00"), ("95.00", "99.00")])
async def test_a_pair_of_which_a_leg_would_act_at_once_is_refused_whole(open_paper: OpenPaper, stop: str, target: str) -> None:
    trading = await open_paper()

    with pytest.raises(InvalidOrder) as refused:
        await pair(trading, "1", stop, target)

    assert refused.value.reason == "pair_prices"
    assert not await trading.desk.venue.fetch_open_orders()


async def test_a_candle_that_touches_both_legs_takes_the_stop(open_paper: OpenPaper) -> None:
    """Which of them was first can't be known; the worse one is taken."""
    trading = await open_paper()
    legs = await pair(trading, "1", "95.00", "110.00")

    await trading.market.candle(high="111", low="94", close="100")

    assert await statuses(trading, legs) == [FILLED, CANCELED]
