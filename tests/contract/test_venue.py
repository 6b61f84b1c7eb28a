"""The contract of `ports.Venue`, claimed over every adapter. The harness moves the market; the venue is the real one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from contract.venue_desk import PATIENCE_S, Desk, open_gate
from styrman.domain.market import Candles, Side, Ticker
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, TimeInForce, VenueOrderStatus
from styrman.domain.spec import Selector
from styrman.errors import ClockSkewed, InsufficientFunds, InvalidOrder, OrderRejected, VenueRefused

NOTHING = Decimal(0)
OPEN, PARTIAL, FILLED, CANCELED = (
    VenueOrderStatus.OPEN,
    VenueOrderStatus.PARTIALLY_FILLED,
    VenueOrderStatus.FILLED,
    VenueOrderStatus.CANCELED,
)


async def test_a_market_buy_fills_at_once_at_the_ask(desk: Desk) -> None:
    ask = (await desk.venue.fetch_ticker(desk.harness.instrument)).ask

    report = await desk.buy("2")

    assert (report.status, report.filled, report.average_price) == (FILLED, Decimal(2), ask)


async def test_a_market_sell_fills_at_once_at_the_bid(desk: Desk) -> None:
    bid = (await desk.venue.fetch_ticker(desk.harness.instrument)).bid

    report = await desk.sell("2")

    assert (report.status, report.average_price) == (FILLED, bid)


async def test_the_answer_says_what_was_asked(desk: Desk) -> None:
    report = await desk.buy("1.5", "90.00")

    assert (report.side, report.type, report.quantity, report.price) == (Side.BUY, OrderType.LIMIT, Decimal("1.5"), Decimal(90))
    assert report.client_order_id == "desk1"


async def test_a_limit_below_the_market_rests(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    assert (report.status, report.filled) == (OPEN, NOTHING)


async def test_a_limit_that_crosses_fills_at_the_better_price(desk: Desk) -> None:
    ask = (await desk.venue.fetch_ticker(desk.harness.instrument)).ask

    report = await desk.buy("1", "120.00")

    assert (report.status, report.average_price) == (FILLED, ask)


async def test_a_resting_buy_fills_at_its_own_price_when_the_market_falls_through_it(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    await desk.harness.move("85")

    filled = await desk.read(report)
    assert (filled.status, filled.average_price) == (FILLED, Decimal(90))
    assert [fill.maker for fill in await desk.fills()] == [True]


async def test_a_resting_sell_fills_at_its_own_price_when_the_market_rises_through_it(desk: Desk) -> None:
    report = await desk.sell("1", "110.00")

    await desk.harness.move("115")

    assert (await desk.read(report)).average_price == Decimal(110)


async def test_a_resting_order_stays_while_the_market_does_not_reach_it(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    await desk.harness.move("90.50")

    assert (await desk.read(report)).status is OPEN


async def test_a_large_order_fills_in_parts(desk: Desk) -> None:
    report = await desk.buy("70", "100.10")

    assert report.status is PARTIAL
    assert 0 < report.filled < 70


async def test_a_partly_filled_order_goes_on_as_the_market_trades(desk: Desk) -> None:
    report = await desk.buy("70", "100.10")
    await desk.harness.move("100")

    filled = await desk.read(report)
    assert (filled.status, filled.filled) == (FILLED, Decimal(70))
    assert sum(fill.quantity for fill in await desk.fills()) == 70


async def test_orders_share_what_the_market_offers(desk: Desk) -> None:
    first = await desk.buy("40", "100.10")
    second = await desk.buy("40", "100.10")

    assert first.status is FILLED
    assert second.filled < 40


async def test_what_remains_of_a_canceled_order_does_not_trade(desk: Desk) -> None:
    report = await desk.buy("70", "100.10")

    canceled = await desk.cancel(report)
    await desk.harness.move("95")

    assert canceled.status is CANCELED
    assert (await desk.read(report)).filled == canceled.filled == report.filled


async def test_cancel_takes_a_resting_order_off(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    canceled = await desk.cancel(report)

    assert canceled.status is CANCELED
    assert not await desk.venue.fetch_open_orders()


async def test_cancel_after_fill_returns_the_final_order(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")
    await desk.harness.move("85")

    assert (await desk.cancel(report)).status is FILLED


async def test_cancel_twice_returns_the_same_order(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    assert await desk.cancel(report) == await desk.cancel(report)


async def test_cancels_at_the_same_time_all_return_the_one_outcome(desk: Desk) -> None:
    report = await desk.buy("1", "90.00")

    outcomes = await asyncio.gather(*(desk.cancel(report) for _ in range(5)))

    assert {outcome.status for outcome in outcomes} == {CANCELED}


@pytest.mark.parametrize("unknown", ["999999", "nonsense"])
async def test_cancel_of_an_unknown_order_is_refused(desk: Desk, unknown: str) -> None:
    with pytest.raises(OrderRejected) as refused:
        await desk.venue.cancel_order(desk.harness.instrument, unknown)

    assert refused.value.reason == "unknown_order"


async def test_one_client_id_twice_makes_two_orders_and_finds_the_newest(desk: Desk) -> None:
    first = await desk.buy("1", "90.00", client_order_id="twice")
    second = await desk.buy("1", "91.00", client_order_id="twice")

    found = await desk.venue.fetch_order(desk.harness.instrument, "twice")
    assert first.venue_order_id != second.venue_order_id
    assert found == second


async def test_an_unknown_client_id_is_none(desk: Desk) -> None:
    assert await desk.venue.fetch_order(desk.harness.instrument, "nobody") is None


async def test_final_orders_are_still_found(desk: Desk) -> None:
    report = await desk.buy("1")

    assert (await desk.read(report)).status is FILLED


async def test_post_only_that_would_cross_is_rejected_and_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(InvalidOrder) as refused:
        await desk.buy("1", "101.00", post_only=True)

    assert refused.value.reason == "would_cross"
    assert await desk.venue.fetch_order(desk.harness.instrument, "desk1") is None


async def test_post_only_that_rests_is_a_maker(desk: Desk) -> None:
    await desk.buy("1", "99.00", post_only=True)

    await desk.harness.move("98")

    assert [fill.maker for fill in await desk.fills()] == [True]


async def test_ioc_takes_what_is_there_and_cancels_the_rest(desk: Desk) -> None:
    report = await desk.buy("70", "100.10", time_in_force=TimeInForce.IOC)

    assert report.status is CANCELED
    assert 0 < report.filled < 70


async def test_ioc_beyond_the_market_fills_nothing(desk: Desk) -> None:
    report = await desk.buy("1", "90.00", time_in_force=TimeInForce.IOC)

    assert (report.status, report.filled) == (CANCELED, NOTHING)


async def test_fok_fills_whole_or_not_at_all(desk: Desk) -> None:
    small = await desk.buy("1", "100.10", time_in_force=TimeInForce.FOK)
    large = await desk.buy("70", "100.10", time_in_force=TimeInForce.FOK)

    assert small.status is FILLED
    assert (large.status, large.filled) == (CANCELED, NOTHING)


async def test_a_stop_rests_until_the_price_touches_it_and_then_sells_at_the_market(desk: Desk) -> None:
    report = await desk.stop(Side.SELL, "1", "95.00")
    await desk.harness.move("96")
    untouched = await desk.read(report)

    await desk.harness.move("90")

    sold = await desk.read(report)
    assert untouched.status is OPEN
    assert sold.status is FILLED
    assert sold.average_price is not None
    assert Decimal(89) < sold.average_price <= Decimal(95)


async def test_a_buy_stop_triggers_above(desk: Desk) -> None:
    report = await desk.stop(Side.BUY, "1", "105.00")

    await desk.harness.move("110")

    assert (await desk.read(report)).status is FILLED


async def test_reduce_only_never_sells_more_than_is_held(desk: Desk) -> None:
    report = await desk.sell("2000", "110.00", reduce_only=True)

    assert report.quantity == 1000


async def test_reduce_only_with_nothing_to_reduce_is_rejected(desk: Desk) -> None:
    with pytest.raises(InvalidOrder) as refused:
        await desk.buy("1", reduce_only=True)

    assert refused.value.reason == "nothing_to_reduce"


@pytest.mark.parametrize(
    ("quantity", "price", "reason", "figures"),
    [
        ("1", "90.005", "price_off_tick", ("90.005", "0.01")),
        ("1.0001", "90.00", "quantity_off_lot", ("1.0001", "0.001")),
        ("0.0001", "90.00", "quantity_too_small", ("0.0001", "0.001")),
        ("0.01", "90.00", "below_min_notional", ("0.9", "5")),
    ],
)
async def test_an_order_off_the_rules_is_rejected_with_both_figures(
    desk: Desk, quantity: str, price: str, reason: str, figures: tuple[str, str]
) -> None:
    with pytest.raises(InvalidOrder) as refused:
        await desk.buy(quantity, price)

    assert refused.value.reason == reason
    assert all(figure in refused.value.detail for figure in figures)


async def test_a_buy_beyond_the_free_balance_is_rejected(desk: Desk) -> None:
    with pytest.raises(InsufficientFunds) as refused:
        await desk.buy("1200", "90.00")

    assert "100000" in refused.value.detail


async def test_a_sell_beyond_the_held_base_is_rejected(desk: Desk) -> None:
    with pytest.raises(InsufficientFunds):
        await desk.sell("1000.001", "110.00")


async def test_resting_orders_lock_what_they_need(desk: Desk) -> None:
    await desk.sell("600", "110.00")

    with pytest.raises(InsufficientFunds):
        await desk.sell("600", "110.00")


async def test_cancel_frees_what_was_locked(desk: Desk) -> None:
    await desk.cancel(await desk.sell("600", "110.00"))

    assert (await desk.sell("600", "110.00")).status is OPEN


async def test_an_unknown_instrument_is_refused(desk: Desk) -> None:
    with pytest.raises(VenueRefused):
        await desk.buy("1", instrument="NO/SUCH")


async def test_balances_move_by_value_and_fee(desk: Desk) -> None:
    base, quote = desk.rules.base, desk.rules.quote
    await desk.buy("2")
    fill = (await desk.fills())[0]

    assert fill.fee == fill.price * 2 * desk.rules.taker_fee
    assert await desk.balance(base) == 1002
    assert await desk.balance(quote) == 100_000 - 2 * fill.price - fill.fee


async def test_balances_count_what_is_locked(desk: Desk) -> None:
    await desk.buy("100", "90.00")

    assert await desk.balance(desk.rules.quote) == 100_000


async def test_a_request_that_arrives_late_is_refused_and_leaves_nothing(desk: Desk) -> None:
    now = desk.harness.now()

    with pytest.raises(ClockSkewed):
        await desk.send(desk.request(Side.BUY, "1"), stamp=now - timedelta(seconds=9))

    assert await desk.venue.fetch_order(desk.harness.instrument, "desk1") is None


async def test_a_request_from_the_future_is_refused(desk: Desk) -> None:
    now = desk.harness.now()

    with pytest.raises(ClockSkewed):
        await desk.send(desk.request(Side.BUY, "1"), stamp=now + timedelta(seconds=9))


async def test_open_orders_are_listed_oldest_first(desk: Desk) -> None:
    made = [await desk.buy("1", price) for price in ("90.00", "92.00", "91.00")]

    assert [order.venue_order_id for order in await desk.venue.fetch_open_orders()] == [report.venue_order_id for report in made]


async def test_orders_since_a_market_time_leave_out_older_ones(desk: Desk) -> None:
    await desk.buy("1", "90.00")
    await desk.harness.move("100")
    since = desk.venue.market_time()
    younger = await desk.buy("1", "91.00")

    assert [order.venue_order_id for order in await desk.venue.fetch_orders(desk.harness.instrument, since)] == [younger.venue_order_id]


async def test_fills_since_a_market_time_leave_out_older_ones(desk: Desk) -> None:
    await desk.buy("1")
    await desk.harness.move("100")
    since = desk.venue.market_time()
    await desk.buy("2")

    assert [fill.quantity for fill in await desk.venue.fetch_fills(desk.harness.instrument, since)] == [Decimal(2)]


async def test_trade_ids_are_unique(desk: Desk) -> None:
    await asyncio.gather(*(desk.buy("0.1") for _ in range(20)))

    ids = [fill.trade_id for fill in await desk.fills()]
    assert len(set(ids)) == len(ids) == 20


async def test_the_account_stream_tells_a_fill_before_the_report_that_counts_it(desk: Desk) -> None:
    async with desk.listening() as listener:
        made = await desk.buy("1", "90.00")
        await desk.harness.move("85")
        await listener.until(lambda each: isinstance(each, OrderReport) and each.status is FILLED)

    told = [each for each in listener.heard if each.venue_order_id == made.venue_order_id]
    assert [type(each) for each in told] == [OrderReport, Fill, OrderReport]


async def test_the_account_stream_tells_a_cancel(desk: Desk) -> None:
    async with desk.listening() as listener:
        await desk.cancel(await desk.buy("1", "90.00"))

        await listener.until(lambda each: isinstance(each, OrderReport) and each.status is CANCELED)


async def test_reports_of_an_order_never_count_less_than_before(desk: Desk) -> None:
    async with desk.listening() as listener:
        await desk.buy("120", "100.10")
        await desk.harness.move("100")
        await listener.until(lambda each: isinstance(each, OrderReport) and each.status is FILLED)

    counted = [each.filled for each in listener.heard if isinstance(each, OrderReport)]
    assert counted == sorted(counted)


async def test_what_the_stream_told_is_what_is_fetched(desk: Desk) -> None:
    async with desk.listening() as listener:
        await desk.buy("120", "100.10")
        await desk.harness.move("100")
        await listener.until(lambda each: isinstance(each, OrderReport) and each.status is FILLED)

    assert [each for each in listener.heard if isinstance(each, Fill)] == await desk.fills()


async def test_candles_come_closed_in_order_and_once(desk: Desk) -> None:
    before = await desk.venue.fetch_candles(desk.harness.instrument, "1m", 5)
    stream = desk.venue.stream_candles(desk.harness.instrument, "1m")
    reading = asyncio.create_task(_take(stream, 3), name="candle reader")
    for price in ("101", "102", "103"):
        await desk.harness.move(price)

    async with asyncio.timeout(PATIENCE_S):
        times = [int(time) for candles in await reading for time in candles.time]
    assert times[0] == before.time[-1] + 60_000
    assert times == list(range(times[0], times[-1] + 1, 60_000))


async def test_fetched_candles_are_closed_and_the_newest_last(desk: Desk) -> None:
    await desk.harness.move("107")

    candles = await desk.venue.fetch_candles(desk.harness.instrument, "1m", 10)

    assert len(candles) == 10
    assert candles.close[-1] == 107
    assert candles.closed_at is not None
    assert candles.closed_at <= desk.venue.market_time()


async def test_an_impossible_time_frame_is_refused(desk: Desk) -> None:
    with pytest.raises(VenueRefused):
        await desk.venue.fetch_candles(desk.harness.instrument, "17s", 10)


async def test_tickers_follow_the_price_of_an_instrument_with_an_order(desk: Desk) -> None:
    await desk.buy("1", "50.00")
    stream = desk.venue.stream_tickers()
    reading = asyncio.create_task(_until(stream, Decimal(110)), name="ticker reader")

    await desk.harness.move("110")

    async with asyncio.timeout(PATIENCE_S):
        ticker = await reading
    assert ticker.bid <= ticker.last <= ticker.ask


async def test_a_selector_finds_the_instrument(desk: Desk) -> None:
    rules = desk.rules

    assert await desk.venue.select(Selector(quote=rules.quote, top=3)) == (rules.instrument,)
    assert await desk.venue.select(Selector(quote=rules.quote, exclude=(rules.instrument,))) == ()


async def test_a_restart_keeps_orders_fills_and_balances(desk: Desk) -> None:
    await desk.buy("3")
    resting = await desk.buy("1", "90.00")
    before = (await desk.venue.fetch_balances(), await desk.fills(), await desk.venue.fetch_open_orders())

    venue = await desk.harness.restart()

    assert (await venue.fetch_balances(), await desk.fills(), await venue.fetch_open_orders()) == before
    assert await desk.read(resting) == resting


async def test_an_order_fills_that_was_placed_before_a_restart(desk: Desk) -> None:
    resting = await desk.buy("1", "90.00")
    await desk.harness.restart()

    await desk.harness.move("85")

    assert (await desk.read(resting)).status is FILLED


async def test_locked_funds_are_locked_after_a_restart(desk: Desk) -> None:
    await desk.sell("600", "110.00")
    await desk.harness.restart()

    with pytest.raises(InsufficientFunds):
        await desk.sell("600", "110.00")


async def test_ids_go_on_after_a_restart(desk: Desk) -> None:
    first = await desk.buy("1")
    await desk.harness.restart()
    second = await desk.buy("1")

    assert first.venue_order_id != second.venue_order_id
    assert len({fill.trade_id for fill in await desk.fills()}) == 2


async def test_market_time_never_goes_back(desk: Desk) -> None:
    seen = [desk.venue.market_time()]
    for price in ("101", "99"):
        await desk.harness.move(price)
        seen.append(desk.venue.market_time())
    await desk.harness.restart()
    seen.append(desk.venue.market_time())

    assert seen == sorted(seen)


def legs_of(desk: Desk, side: Side = Side.SELL, stop: str = "95.00", target: str = "110.00") -> tuple[OrderRequest, OrderRequest]:
    """Return a stop and a target for one unit."""
    return desk.request(side, "1", type=OrderType.STOP, stop_price=Decimal(stop)), desk.request(side, "1", target)


async def place_pair(
    desk: Desk, stop: OrderRequest, target: OrderRequest, stamp: datetime | None = None
) -> tuple[OrderReport, OrderReport]:
    """Place a pair; skip where the venue has none."""
    if not desk.venue.capabilities.order_lists:
        pytest.skip("this venue has no order lists")
    stamp = stamp or desk.harness.now()
    return await desk.venue.create_pair(stop, target, stamp=stamp, not_after=stamp + timedelta(seconds=5), gate=open_gate)


async def test_a_pair_rests_and_answers_with_both_legs(desk: Desk) -> None:
    stop, target = await place_pair(desk, *legs_of(desk))

    assert (stop.status, stop.type, target.status, target.type) == (OPEN, OrderType.STOP, OPEN, OrderType.LIMIT)
    assert [order.venue_order_id for order in await desk.venue.fetch_open_orders()] == [stop.venue_order_id, target.venue_order_id]


@pytest.mark.parametrize(("price", "statuses"), [("90", (FILLED, CANCELED)), ("115", (CANCELED, FILLED))])
async def test_the_leg_of_a_pair_that_fills_ends_the_other(desk: Desk, price: str, statuses: tuple[VenueOrderStatus, ...]) -> None:
    legs = await place_pair(desk, *legs_of(desk))

    await desk.harness.move(price)

    assert tuple([(await desk.read(leg)).status for leg in legs]) == statuses
    assert sum(fill.quantity for fill in await desk.fills()) == 1
    assert not await desk.venue.fetch_open_orders()


@pytest.mark.parametrize("leg", [0, 1])
async def test_canceling_a_leg_of_a_pair_cancels_both(desk: Desk, leg: int) -> None:
    legs = await place_pair(desk, *legs_of(desk))

    await desk.cancel(legs[leg])

    assert [(await desk.read(each)).status for each in legs] == [CANCELED, CANCELED]


@pytest.mark.parametrize("held_back", ["0.001", "0"])
async def test_a_pair_locks_its_quantity_once(desk: Desk, held_back: str) -> None:
    stop, target = (replace(leg, quantity=1000 - Decimal(held_back)) for leg in legs_of(desk))

    await place_pair(desk, stop, target)

    with pytest.raises(InsufficientFunds):
        await desk.sell("1", "120.00")


async def test_a_pair_frees_what_it_locked(desk: Desk) -> None:
    stop, target = (replace(leg, quantity=Decimal(1000)) for leg in legs_of(desk))
    legs = await place_pair(desk, stop, target)

    await desk.cancel(legs[1])

    assert (await desk.sell("1000", "120.00")).status is OPEN


async def test_a_buying_pair_trades_one_leg(desk: Desk) -> None:
    stop, target = legs_of(desk, Side.BUY, stop="105.00", target="90.00")
    legs = await place_pair(desk, stop, target)

    await desk.harness.move("85")

    assert [(await desk.read(each)).status for each in legs] == [CANCELED, FILLED]


@pytest.mark.parametrize(("stop", "target"), [("101.00", "110.00"), ("95.00", "99.00")])
async def test_a_pair_of_which_a_leg_would_act_at_once_leaves_nothing(desk: Desk, stop: str, target: str) -> None:
    with pytest.raises(InvalidOrder):
        await place_pair(desk, *legs_of(desk, stop=stop, target=target))

    assert not await desk.venue.fetch_open_orders()
    assert await desk.venue.fetch_order(desk.harness.instrument, "desk1") is None


async def test_a_pair_that_arrives_late_is_refused_whole(desk: Desk) -> None:
    with pytest.raises(ClockSkewed):
        await place_pair(desk, *legs_of(desk), stamp=desk.harness.now() - timedelta(seconds=9))

    assert not await desk.venue.fetch_open_orders()


async def test_a_pair_is_still_a_pair_after_a_restart(desk: Desk) -> None:
    legs = await place_pair(desk, *legs_of(desk))
    await desk.harness.restart()

    await desk.harness.move("90")

    assert [(await desk.read(each)).status for each in legs] == [FILLED, CANCELED]


async def _take(stream: AsyncIterator[Candles], count: int) -> list[Candles]:
    taken = []
    async for candles in stream:
        taken.append(candles)
        if len(taken) == count:
            break
    return taken


async def _until(stream: AsyncIterator[Ticker], price: Decimal) -> Ticker:
    async for ticker in stream:
        if ticker.last == price:
            return ticker
    raise AssertionError("the stream ended")
