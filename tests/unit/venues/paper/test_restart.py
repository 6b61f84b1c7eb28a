"""What a paper account is after its process died: everything that was answered, and what the market did meanwhile."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from contract.venue_desk import Desk
from styrman.domain.market import Side
from styrman.domain.orders import VenueOrderStatus
from styrman.errors import VenueUnavailable
from styrman.venues.paper import PaperVenue
from unit.venues.paper.conftest import OpenPaper, Trading
from unit.venues.paper.test_pairs import pair, statuses

OPEN, FILLED, CANCELED = VenueOrderStatus.OPEN, VenueOrderStatus.FILLED, VenueOrderStatus.CANCELED


async def die(trading: Trading) -> None:
    """Go on with what is on disk now, as after `kill -9`: nothing is closed first."""
    harness = trading.harness
    copied = harness._folder.with_name(f"{harness._folder.name}-after")
    shutil.copytree(harness._folder, copied)
    await harness.venue.close()
    harness._folder = copied
    harness.venue = harness._make()


async def test_what_was_answered_is_on_disk(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    bought, resting = await trading.desk.buy("2"), await trading.desk.buy("1", "90.00")
    legs = await pair(trading, "1", "95.00", "110.00")
    canceled = await trading.desk.cancel(await trading.desk.buy("1", "91.00"))
    balances = await trading.desk.venue.fetch_balances()

    await die(trading)
    await trading.harness.open()

    assert [await trading.desk.read(each) for each in (bought, resting, *legs, canceled)] == [bought, resting, *legs, canceled]
    assert await trading.desk.venue.fetch_balances() == balances


async def test_the_legs_of_a_pair_still_end_each_other(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    legs = await pair(trading, "1", "95.00", "110.00")
    await trading.harness.restart()

    await trading.market.move("90")

    assert await statuses(trading, legs) == [FILLED, CANCELED]


async def test_a_limit_that_the_market_went_through_meanwhile_has_traded_at_its_own_price(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    await die(trading)
    await trading.market.candle(high="100", low="90", close="99")

    await trading.harness.open()

    read = await trading.desk.read(report)
    assert (read.status, read.average_price) == (FILLED, Decimal(95))


async def test_a_stop_that_the_market_touched_meanwhile_has_sold_at_the_worst_price(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.stop(Side.SELL, "1", "95.00")
    await die(trading)
    await trading.market.candle(high="100", low="90", close="99")

    await trading.harness.open()

    assert (await trading.desk.read(report)).average_price == 90


async def test_a_candle_met_before_the_end_is_not_met_again(open_paper: OpenPaper) -> None:
    trading = await open_paper(participation=0.01)
    report = await trading.desk.buy("30", "95.00")
    await trading.market.candle(high="100", low="90", close="100", volume=1000)
    before = await trading.desk.read(report)

    await trading.harness.restart()

    assert before.filled == 10
    assert await trading.desk.read(report) == before


async def test_what_was_traded_of_an_unfinished_candle_counts_after_a_restart(open_paper: OpenPaper) -> None:
    trading = await open_paper(participation=0.1)
    report = await trading.desk.buy("12", "95.00")
    await trading.market.wait(10)
    await trading.market.show([("93", "9")], [("95", "8")])
    assert (await trading.desk.read(report)).filled == 8
    await die(trading)
    trading.market._extremes = (94.0, 100.0)
    await trading.market.wait(50, volume=100)

    await trading.harness.open()

    assert (await trading.desk.read(report)).filled == 10


async def test_an_order_on_an_instrument_traded_no_more_has_ended(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    trading.market.listed = False

    await trading.harness.restart()

    read = await trading.desk.read(report)
    assert (read.status, read.reason) == (CANCELED, "its instrument is traded no more")


async def test_a_market_that_cannot_be_read_keeps_the_venue_shut_and_a_later_open_goes_on(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    report = await trading.desk.buy("1", "95.00")
    await trading.harness.venue.close()
    await trading.market.candle(high="100", low="90", close="99")
    trading.market.down = VenueUnavailable("The exchange can't be reached.")
    with pytest.raises(VenueUnavailable):
        await trading.harness.open()
    trading.market.down = None

    await trading.harness.open()

    assert (await trading.desk.read(report)).status is FILLED


async def test_money_is_credited_once(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.desk.sell("50")
    before = await trading.desk.venue.fetch_balances()

    await trading.harness.restart()

    assert await trading.desk.venue.fetch_balances() == before
    assert before["ABC"] == 950


@pytest.mark.parametrize("options", [{}, {"balances": None}])
async def test_an_account_opens_with_ten_thousand_of_the_usual_quote(
    open_paper: OpenPaper, tmp_path: Path, options: dict[str, JsonValue]
) -> None:
    trading = await open_paper()
    venue = PaperVenue("other", options, source=trading.market, folder=tmp_path / "other", clock=trading.market.clock)
    await venue.open()

    balances = await venue.fetch_balances()
    await venue.close()

    assert balances == {"USD": Decimal(10_000)}


async def test_a_stopped_market_order_goes_on_where_it_was(open_paper: OpenPaper) -> None:
    trading = await open_paper()
    await trading.market.show([("99", "1")], [("101", "1")])
    report = await trading.desk.buy("2")
    await die(trading)
    await trading.harness.open()
    desk = Desk(trading.harness)
    await trading.market.wait(1)

    await trading.market.show([("99", "1")], [("102", "5")])

    read = await desk.read(report)
    assert (read.status, read.average_price) == (FILLED, Decimal("101.5"))
