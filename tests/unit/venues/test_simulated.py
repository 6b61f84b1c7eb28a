"""The simulated venue as a whole: its defaults and options, its time, its restarts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pydantic import JsonValue

from contract.scripted_venue import SimulatedHarness
from contract.venue_desk import Desk
from styrman.clock import ManualClock
from styrman.domain.market import COLUMNS, Candles, Side
from styrman.domain.orders import Fill, OrderType, VenueOrderStatus
from styrman.domain.spec import Selector
from styrman.errors import ClockSkewed, ConfigInvalid, VenueRefused, VenueUnavailable
from styrman.ports import Mode
from styrman.venues.simulated import SimulatedVenue
from unit.venues.conftest import OpenVenue
from unit.venues.orders import send

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PATIENCE_S = 10


async def take(stream: AsyncIterator[Candles], count: int) -> list[Candles]:
    """Read some candles and leave."""
    taken = []
    async for candles in stream:
        taken.append(candles)
        if len(taken) == count:
            break
    return taken


async def test_the_defaults_are_a_synthetic_market_and_a_million(open_venue: OpenVenue) -> None:
    venue = await open_venue()

    assert venue.mode is Mode.SIMULATED
    assert len(venue.instruments()) == 30
    assert await venue.fetch_balances() == {"USDT": Decimal(1_000_000)}
    assert len(await venue.fetch_candles("BTC/USDT", "1m", 5000)) == 1000
    assert not venue.capabilities.paced


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"sed": 7}, "venues.sim.sed"),
        ({"speed": 0}, "venues.sim.speed"),
        ({"speed": "fast"}, "venues.sim.speed"),
        ({"balances": {"USDT": "-1"}}, "venues.sim.balances.USDT"),
        ({"taker_fee": "2"}, "venues.sim.taker_fee"),
        ({"participation": 0}, "venues.sim.participation"),
        ({"start": "2026-01-01T00:00:00"}, "venues.sim.start"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, clock: ManualClock, options: dict[str, JsonValue], field: str) -> None:
    with pytest.raises(ConfigInvalid, match=field):
        SimulatedVenue("sim", options, folder=tmp_path, clock=clock)


async def test_a_source_that_is_not_there_is_named(open_venue: OpenVenue) -> None:
    with pytest.raises(ConfigInvalid, match=r"venues\.sim\.source.*nowhere"):
        await open_venue(source="nowhere")


async def test_a_source_may_lie_in_the_home_folder(open_venue: OpenVenue, tmp_path: Path) -> None:
    rows = [f"{1_700_000_040_000 + i * 60_000},1,2,0.5,1.5,10" for i in range(9)]
    (tmp_path / "ABC_USDT.csv").write_text("\n".join(["ts,open,high,low,close,volume", *rows]))

    assert list((await open_venue(source="ABC_USDT.csv")).instruments()) == ["ABC/USDT"]


async def test_a_venue_that_is_not_open_says_so(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(VenueUnavailable, match="open it first"):
        SimulatedVenue("sim", {}, folder=tmp_path, clock=clock).market_time()


async def test_an_unknown_instrument_is_refused_with_those_there_are(open_venue: OpenVenue) -> None:
    with pytest.raises(VenueRefused, match="BTC/USDT"):
        await (await open_venue()).fetch_candles("NO/SUCH", "1m", 1)


async def test_a_coarser_frame_is_made_of_the_minutes(open_venue: OpenVenue) -> None:
    venue = await open_venue()
    minutes = await venue.fetch_candles("BTC/USDT", "1m", 960)
    hours = await venue.fetch_candles("BTC/USDT", "1h", 16)

    assert np.array_equal(hours.open, minutes.open[::60])
    assert np.array_equal(hours.high, minutes.high.reshape(16, 60).max(axis=1))
    assert np.array_equal(hours.close, minutes.close[59::60])


async def test_history_is_bounded_in_every_frame(open_venue: OpenVenue) -> None:
    venue = await open_venue(history=100)

    assert [len(await venue.fetch_candles("BTC/USDT", frame, 10_000)) for frame in ("1m", "1h", "1d")] == [100, 100, 100]


async def test_nothing_is_seen_before_its_time(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    for _ in range(10):
        await clock.advance(0.37)
        candles = await venue.fetch_candles("BTC/USDT", "1m", 1)
        ticker = await venue.fetch_ticker("BTC/USDT")

        assert candles.closed_at is not None
        assert venue.market_time() - timedelta(minutes=1) < candles.closed_at <= venue.market_time()
        assert ticker.market_time <= venue.market_time()


async def test_tickers_walk_the_candle_from_open_over_both_extremes_to_close(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue(spread=0)
    lasts = []
    for _ in range(4):
        lasts.append(float((await venue.fetch_ticker("BTC/USDT")).last))
        await clock.advance(0.25)
    candle = await venue.fetch_candles("BTC/USDT", "1m", 1)

    assert (lasts[0], lasts[3]) == (candle.open[0], candle.close[0])
    assert {lasts[1], lasts[2]} == {candle.high[0], candle.low[0]}
    assert abs(lasts[1] - lasts[0]) <= abs(lasts[2] - lasts[0])


async def test_the_busiest_instruments_come_first(open_venue: OpenVenue) -> None:
    chosen = await (await open_venue()).select(Selector(quote="USDT", top=3, exclude=("ETH/USDT",)))

    assert chosen == ("BTC/USDT", "SOL/USDT", "XRP/USDT")


async def test_latency_passes_before_an_order_is_accepted(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue(latency_ms=500)
    sending = asyncio.create_task(send(venue, clock, Side.BUY, "0.01"), name="send")
    await clock.advance(0.4)
    early = await venue.fetch_orders("BTC/USDT", LONG_AGO)
    await clock.advance(0.2)

    assert not early
    assert (await sending).status is VenueOrderStatus.FILLED


async def test_an_order_whose_latency_outlasts_its_window_is_refused(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue(latency_ms=6000)
    sending = asyncio.create_task(send(venue, clock, Side.BUY, "0.01"), name="send")
    await clock.advance(7)

    with pytest.raises(ClockSkewed):
        await sending
    assert not await venue.fetch_orders("BTC/USDT", LONG_AGO)


async def test_a_fee_in_base_reduces_what_is_bought(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue(fee_in_base=True)

    await send(venue, clock, Side.BUY, "0.1")

    assert (await venue.fetch_balances())["BTC"] == Decimal("0.0999")


async def test_a_market_buy_that_outruns_its_money_ends_where_it_can_pay_no_more(tmp_path: Path) -> None:
    """It locks what it costs at first; filled a part at a time, it meets higher prices."""
    harness = SimulatedHarness(tmp_path)
    await harness.open()
    desk = Desk(harness)
    report = await desk.buy("980")
    await harness.move("120", volume=4_000)

    found, balance = await desk.read(report), await desk.balance("USD")
    await harness.venue.close()
    assert (found.status, found.reason) == (VenueOrderStatus.CANCELED, "insufficient_funds")
    assert report.filled < found.filled < 980
    assert 0 <= balance < Decimal("0.13")


async def test_an_idle_market_sleeps(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    await clock.settle()
    idle = len(clock._sleepers)
    report = await send(venue, clock, Side.BUY, "0.01", "1000.00")
    await clock.settle()
    busy = len(clock._sleepers)
    await venue.cancel_order("BTC/USDT", report.venue_order_id)
    await clock.advance(1)

    assert (idle, busy, len(clock._sleepers)) == (0, 1, 0)


@pytest.mark.parametrize("away_s", [0.0, 1.0, 600.0])
async def test_the_market_goes_on_while_the_venue_is_away(open_venue: OpenVenue, clock: ManualClock, away_s: float) -> None:
    venue = await open_venue()
    await clock.advance(3)
    left = venue.market_time()
    await venue.close()
    await clock.advance(away_s)

    assert (await open_venue()).market_time() == left + timedelta(seconds=60 * away_s)


async def test_another_speed_goes_on_from_where_the_market_was(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    await clock.advance(10)
    left = venue.market_time()
    await venue.close()
    slower = await open_venue(speed=1)
    await clock.advance(10)

    assert slower.market_time() == left + timedelta(seconds=10)


async def test_another_market_ends_what_works_and_keeps_the_money(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    await send(venue, clock, Side.BUY, "0.5")
    resting = await send(venue, clock, Side.BUY, "0.01", "1000.00")
    balances = await venue.fetch_balances()
    await venue.close()

    other = await open_venue(seed=8)

    found = await other.fetch_order("BTC/USDT", str(resting.client_order_id))
    assert found is not None
    assert (found.status, found.reason) == (VenueOrderStatus.CANCELED, "the market was replaced by another")
    assert await other.fetch_balances() == balances


async def test_a_currency_new_to_the_account_is_credited_once(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    await send(venue, clock, Side.BUY, "0.5")
    await venue.close()
    for _ in range(2):
        venue = await open_venue(balances={"USDT": "5", "EUR": "70"})
        await venue.close()

    balances = await (await open_venue()).fetch_balances()
    assert balances["EUR"] == 70
    assert balances["USDT"] > 900_000


async def test_orders_meet_the_down_time_as_if_nobody_had_been_away(open_venue: OpenVenue, clock: ManualClock) -> None:
    """Twelve hours of market time, once watched step by step and once slept through, end in the same fills."""
    outcomes = []
    for folder, steps in (("watched", 240), ("slept", 1)):
        venue = await open_venue(folder, balances={"USDT": "1000000", "BTC": "20"})
        price = (await venue.fetch_ticker("BTC/USDT")).last
        for offset, quantity in ((-300, "5"), (-100, "0.3"), (-50, "2"), (50, "2"), (120, "4"), (400, "1")):
            await send(venue, clock, Side.BUY if offset < 0 else Side.SELL, quantity, str(price + offset))
        await send(venue, clock, Side.SELL, "1", type=OrderType.STOP, price=None, stop_price=price - 200)
        await send(venue, clock, Side.BUY, "1", type=OrderType.STOP, price=None, stop_price=price + 300)
        if steps == 1:
            await venue.close()
        for _ in range(steps):
            await clock.advance(720 / steps)
        venue = venue if steps > 1 else await open_venue(folder)
        start = venue.market_time() - timedelta(hours=12)
        outcomes.append([(f.market_time - start, f.price, f.quantity, f.maker) for f in await venue.fetch_fills("BTC/USDT", LONG_AGO)])
        if steps > 1:
            await venue.close()
            clock._elapsed_s -= 720  # the second venue opens at the same wall time as the first did

    assert len(outcomes[0]) > 6
    assert outcomes[0] == outcomes[1]


async def test_at_full_speed_every_candle_comes_once_and_in_order(open_venue: OpenVenue) -> None:
    venue = await open_venue(speed="max")
    before = await venue.fetch_candles("BTC/USDT", "1m", 1)

    async with asyncio.timeout(PATIENCE_S):
        taken = await take(venue.stream_candles("BTC/USDT", "1m"), 500)

    times = np.concatenate([candles.time for candles in taken])
    assert list(times) == list(range(int(before.time[0]) + 60_000, int(times[-1]) + 1, 60_000))
    assert venue.capabilities.paced


async def test_at_full_speed_the_market_waits_for_a_slow_reader(open_venue: OpenVenue) -> None:
    venue = await open_venue(speed="max")
    slow, quick = (venue.stream_candles(name, "1m") for name in ("BTC/USDT", "ETH/USDT"))
    first = asyncio.create_task(take(quick, 50), name="quick")
    held = await anext(slow)
    for _ in range(50):
        await asyncio.sleep(0)
    reached = venue.market_time()

    async with asyncio.timeout(PATIENCE_S):
        await take(slow, 49)
        await first
    assert reached == held.closed_at


async def test_speed_changes_nothing_in_the_market(open_venue: OpenVenue, clock: ManualClock) -> None:
    quick = await open_venue("quick", speed="max")
    slow = await open_venue("slow", speed=60)
    async with asyncio.timeout(PATIENCE_S):
        await take(quick.stream_candles("SOL/USDT", "1m"), 30)
    await clock.advance(30)

    ours, theirs = await quick.fetch_candles("SOL/USDT", "1m", 30), await slow.fetch_candles("SOL/USDT", "1m", 30)
    assert all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in COLUMNS)


async def test_at_full_speed_a_fill_is_told_before_the_market_goes_on(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue(speed="max")
    lags: list[timedelta] = []

    async def follow() -> None:
        async for happening in venue.stream_account():
            if isinstance(happening, Fill):
                lags.append(venue.market_time() - happening.market_time)  # noqa: PERF401 - looked at while the stream still runs

    following = asyncio.create_task(follow(), name="account")
    price = (await venue.fetch_ticker("BTC/USDT")).last
    for offset in range(-200, 200, 20):
        await send(venue, clock, Side.BUY, "0.01", type=OrderType.STOP, price=None, stop_price=price + offset)
    async with asyncio.timeout(PATIENCE_S):
        await take(venue.stream_candles("BTC/USDT", "1m"), 200)
    following.cancel()

    assert len(lags) > 5
    assert max(lags) <= timedelta(minutes=1)


async def test_at_full_speed_market_time_never_goes_back_whatever_dies(open_venue: OpenVenue, tmp_path: Path, clock: ManualClock) -> None:
    venue = await open_venue(speed="max")
    async with asyncio.timeout(PATIENCE_S):
        await take(venue.stream_candles("BTC/USDT", "1m"), 100)
    reached = venue.market_time()

    # as after kill -9: the first venue is never closed before the second opens
    successor = SimulatedVenue("sim", {"speed": "max"}, folder=tmp_path / "venues" / "sim", clock=clock)
    await successor.open()

    assert reached <= successor.market_time() <= reached + timedelta(minutes=65)
    await successor.close()


async def test_after_a_clean_stop_a_market_at_full_speed_goes_on_where_it_was(open_venue: OpenVenue) -> None:
    venue = await open_venue(speed="max")
    async with asyncio.timeout(PATIENCE_S):
        await take(venue.stream_candles("BTC/USDT", "1m"), 10)
    reached = venue.market_time()
    await venue.close()

    assert (await open_venue(speed="max")).market_time() == reached


async def test_a_recording_is_played_as_it_was_recorded(open_venue: OpenVenue, recorded: Path) -> None:
    source = recorded / "candles_1m" / "BTC_USDT_binance_2018-04-28_1m.parquet"
    venue = await open_venue(speed="max", source=str(source), repeat=False, balances={"USDT": "10000"})
    history = await venue.fetch_candles("BTC/USDT", "5m", 1000)
    async with asyncio.timeout(PATIENCE_S):
        taken = await take(venue.stream_candles("BTC/USDT", "1m"), 200)

    assert history.closed_at is not None
    assert history.closed_at <= datetime(2018, 4, 28, 6, 3, tzinfo=UTC)
    assert [len(candles) for candles in taken] == [1] * 200
    assert venue.market_time() == datetime(2018, 4, 28, 9, 23, tzinfo=UTC)


async def test_a_failed_journal_stops_everything_with_one_sentence(open_venue: OpenVenue, clock: ManualClock) -> None:
    venue = await open_venue()
    stream = venue.stream_account()
    exchange = venue._exchange
    exchange.journal.submit(lambda connection: connection.execute("DROP TABLE orders"))

    with pytest.raises(VenueUnavailable, match="no such table: orders"):
        await send(venue, clock, Side.BUY, "0.01")
    with pytest.raises(VenueUnavailable):
        await anext(stream)
    with pytest.raises(VenueUnavailable):
        await venue.fetch_balances()
