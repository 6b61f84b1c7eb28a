"""A paper account on perpetual swaps: net positions, long and short, on margin."""

from dataclasses import replace
from decimal import Decimal

import pytest

from contract.hand_market import SPOT
from styrman.domain.market import Side
from styrman.domain.orders import OrderType, VenueOrderStatus
from styrman.errors import InsufficientFunds, InvalidOrder
from styrman.ports import TellsEntryCosts
from unit.venues.paper.conftest import OpenPaper, Trading

SWAP = replace(SPOT, instrument="ABC/USD:USD", shortable=True, maker_fee=Decimal(0), taker_fee=Decimal(0))
OPEN, FILLED, CANCELED = VenueOrderStatus.OPEN, VenueOrderStatus.FILLED, VenueOrderStatus.CANCELED


async def swaps(open_paper: OpenPaper, **options: object) -> Trading:
    return await open_paper(SWAP, **({"market": "swap", "balances": {"USD": "10000"}} | options))


async def position(trading: Trading) -> Decimal:
    return (await trading.desk.venue.fetch_balances()).get(SWAP.instrument, Decimal(0))


async def test_a_short_is_a_position_below_zero_and_moves_no_money(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)

    await trading.desk.sell("3")

    assert await position(trading) == -3
    assert await trading.desk.balance("USD") == 10_000


@pytest.mark.parametrize(("side", "gain"), [(Side.BUY, Decimal(29) + Decimal("0.94")), (Side.SELL, Decimal(-30) - Decimal("0.06"))])
async def test_closing_realises_what_the_price_has_moved(open_paper: OpenPaper, side: Side, gain: Decimal) -> None:
    trading = await swaps(open_paper)
    await trading.desk.send(trading.desk.request(side, "3"))
    await trading.market.move("110")

    await trading.desk.send(trading.desk.request(side.opposite, "3"))

    assert await position(trading) == 0
    assert await trading.desk.balance("USD") == 10_000 + gain


async def test_an_order_through_zero_closes_and_opens(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)
    await trading.desk.buy("3")
    await trading.market.move("110")

    await trading.desk.sell("5")

    venue = trading.harness.venue
    assert await position(trading) == -2
    assert await trading.desk.balance("USD") == 10_000 + 3 * (Decimal("109.99") - Decimal("100.01"))
    assert isinstance(venue, TellsEntryCosts)
    assert await venue.fetch_entry_costs() == {SWAP.instrument: -2 * Decimal("109.99")}


async def test_money_and_costs_agree_to_the_last_digit_once_flat(open_paper: OpenPaper) -> None:
    """Part by part the costs are rounded; what is left over goes out with the last of the position."""
    trading = await swaps(open_paper)
    spent = Decimal(0)
    for quantity in ("1", "2", "0.7"):
        await trading.desk.buy(quantity)
        await trading.market.wait(20)
    for quantity in ("0.333", "1.111", "2.256"):
        await trading.desk.sell(quantity)
        await trading.market.wait(20)
    for fill in await trading.desk.fills():
        spent += fill.side.sign * fill.quantity * fill.price

    assert await position(trading) == 0
    assert await trading.desk.balance("USD") == 10_000 - spent


async def test_exposure_beyond_the_margin_is_refused(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper, balances={"USD": "1000"}, leverage=2)

    with pytest.raises(InsufficientFunds, match="of margin"):
        await trading.desk.sell("20.1", "100.00")
    assert (await trading.desk.sell("20", "100.00")).status is OPEN


async def test_a_resting_exit_needs_no_margin(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper, balances={"USD": "1001"})
    await trading.desk.buy("10")

    stop = await trading.desk.send(trading.desk.request(Side.SELL, "10", type=OrderType.STOP, stop_price=Decimal(90), reduce_only=True))
    target = await trading.desk.sell("10", "300.00", reduce_only=True)

    assert (stop.status, target.status) == (OPEN, OPEN)


async def test_a_position_that_won_much_can_be_closed_without_margin(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper, balances={"USD": "1001"})
    await trading.desk.buy("10")
    await trading.market.move("350")

    assert (await trading.desk.sell("10")).status is FILLED


async def test_reduce_only_is_cut_to_the_position(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)
    await trading.desk.sell("3")

    report = await trading.desk.buy("5", reduce_only=True)

    assert (report.status, report.quantity) == (FILLED, Decimal(3))
    assert await position(trading) == 0


@pytest.mark.parametrize("side", Side)
async def test_reduce_only_with_nothing_on_the_other_side_is_refused(open_paper: OpenPaper, side: Side) -> None:
    trading = await swaps(open_paper)
    await trading.desk.send(trading.desk.request(side, "1"))

    with pytest.raises(InvalidOrder) as refused:
        await trading.desk.send(trading.desk.request(side, "1", reduce_only=True))

    assert refused.value.reason == "nothing_to_reduce"


async def test_a_resting_reduce_only_order_never_opens_a_position(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)
    await trading.desk.buy("3")
    stop = await trading.desk.send(trading.desk.request(Side.SELL, "3", type=OrderType.STOP, stop_price=Decimal(95), reduce_only=True))
    await trading.desk.sell("2")

    await trading.market.move("90")

    read = await trading.desk.read(stop)
    assert await position(trading) == 0
    assert (read.status, read.filled) == (CANCELED, Decimal(1))


async def test_positions_survive_a_restart(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)
    await trading.desk.sell("3")
    await trading.market.move("90")
    await trading.harness.restart()

    await trading.desk.buy("3")

    assert await position(trading) == 0
    assert await trading.desk.balance("USD") == 10_000 + 3 * (Decimal("99.99") - Decimal("90.01"))


async def test_margin_held_before_a_restart_is_held_after_it(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper, balances={"USD": "1001"})
    await trading.desk.buy("10")
    await trading.harness.restart()

    with pytest.raises(InsufficientFunds):
        await trading.desk.buy("10")


async def test_a_swap_account_says_that_it_is_one(open_paper: OpenPaper) -> None:
    trading = await swaps(open_paper)

    assert trading.desk.venue.capabilities.margin
    assert trading.desk.rules.shortable
