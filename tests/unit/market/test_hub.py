"""The hub over a market that the test moves by hand."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from styrman.clock import ManualClock
from styrman.domain.market import Ticker
from styrman.errors import VenueRefused, VenueUnavailable
from styrman.market.hub import MarketHub
from styrman.ports import CandleSeries
from unit.market.hand_venue import BTC, HandVenue, Listener, minutes_of


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def venue(clock: ManualClock) -> HandVenue:
    return HandVenue(clock=clock)


@pytest.fixture
async def hub(venue: HandVenue, clock: ManualClock) -> AsyncIterator[MarketHub]:
    hub = MarketHub({"hand": venue.as_venue()}, clock)
    yield hub
    await hub.close()
    assert not +venue.open


async def _open(hub: MarketHub, clock: ManualClock, *, window: int = 10) -> tuple[CandleSeries, Listener]:
    series, listener = await hub.acquire("hand", BTC, "1m", window=window), Listener()
    series.listen(listener)
    await clock.settle()
    return series, listener


async def test_a_thousand_readers_make_one_subscription(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    venue.answer.clear()
    waiting = [asyncio.create_task(hub.acquire("hand", BTC, "1m", window=10)) for _ in range(1000)]
    await clock.settle()
    venue.answer.set()
    acquired = await asyncio.gather(*waiting)
    await clock.settle()

    assert len(set(map(id, acquired))) == 1
    assert venue.fetches == [10]
    assert venue.opened == {"BTC/USDT 1m": 1, "tickers": 1}
    assert hub.health()[0].readers == 1000


async def test_the_feeds_task_says_what_it_feeds(hub: MarketHub, clock: ManualClock) -> None:
    await _open(hub, clock)
    names = {task.get_name() for task in asyncio.all_tasks()}

    assert names >= {"feed:hand:BTC/USDT:1m", "tickers:hand"}


async def test_the_last_release_ends_the_subscription(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    first, _ = await _open(hub, clock)
    second = await hub.acquire("hand", BTC, "1m", window=5)
    await hub.release(first)
    assert venue.open["BTC/USDT 1m"] == 1
    await hub.release(second)
    await clock.settle()

    assert not +venue.open
    assert hub.health() == []
    await hub.release(second)  # once too often: nothing to give back
    again, _ = await _open(hub, clock)
    assert again is not first


async def test_a_series_opens_with_its_past_and_follows_the_stream(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock, window=3)
    past = minutes_of(series.tail(3))
    venue.close_candle(0)
    venue.close_candle(1, 2)
    await clock.settle()

    assert past == [-3, -2, -1]
    assert minutes_of(series.tail(3)) == [0, 1, 2]
    assert listener.minutes == [0, 1, 2]
    assert list(series.tail(1).close) == [2.0]


async def test_a_view_never_changes(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, _ = await _open(hub, clock, window=3)
    views = []
    for minute in range(30):
        venue.close_candle(minute)
        await clock.settle()
        views.append(series.tail(3))

    assert [minutes_of(view) for view in views] == [[minute - 2, minute - 1, minute] for minute in range(30)]
    assert series.tail(3) is series.tail(3)
    with pytest.raises(ValueError, match="read-only"):
        views[-1].close[0] = 0


async def test_a_later_reader_who_wants_more_gets_more(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock, window=3)
    old = series.tail(3)
    venue.close_candle(0)
    await clock.settle()
    acquired = await asyncio.gather(*(hub.acquire("hand", BTC, "1m", window=8) for _ in range(5)))

    assert venue.fetches == [3, 8]
    assert all(other is series for other in acquired)
    assert minutes_of(series.tail(8)) == list(range(-7, 1))
    assert minutes_of(old) == [-3, -2, -1]
    assert listener.minutes == [0]


async def test_what_closes_while_a_series_grows_is_told(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock, window=3)
    venue.answer.clear()
    growing = asyncio.create_task(hub.acquire("hand", BTC, "1m", window=8))
    await clock.settle()
    venue.close_candle(0, told=False)
    venue.answer.set()
    await growing
    venue.close_candle(0)
    await clock.settle()

    assert minutes_of(series.tail(4)) == [-3, -2, -1, 0]
    assert listener.minutes == [0]


async def test_a_gap_is_asked_for_before_it_is_filled(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock)
    venue.close_candle(1, told=False)
    venue.close_candle(3)
    await clock.settle()
    tail = series.tail(4)

    assert minutes_of(tail) == [0, 1, 2, 3]
    assert list(tail.filled) == [True, False, True, False]
    assert list(tail.close) == [-1, 1, 1, 3]
    assert list(tail.volume) == [0, 1, 0, 1]
    assert listener.minutes == [0, 1, 2, 3]
    assert hub.health()[0].gaps_filled == 2


async def test_late_and_repeated_candles_are_ignored_and_counted(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock)
    venue.close_candle(0)
    venue.close_candle(-1, 0, 1)
    venue.close_candle(1)
    await clock.settle()

    assert minutes_of(series.tail(3)) == [-1, 0, 1]
    assert listener.minutes == [0, 1]
    assert hub.health()[0].late_ignored == 3


async def test_a_broken_stream_is_reconnected_and_what_was_missed_is_told_once(
    hub: MarketHub, venue: HandVenue, clock: ManualClock
) -> None:
    series, listener = await _open(hub, clock)
    venue.break_streams()
    await clock.settle()
    venue.close_candle(0, 1)
    assert not venue.open["BTC/USDT 1m"]
    await clock.advance(0.5)
    venue.close_candle(2)
    await clock.settle()

    assert minutes_of(series.tail(4)) == [-1, 0, 1, 2]
    assert listener.minutes == [0, 1, 2]
    assert hub.health()[0].gaps_filled == 0


async def test_reconnecting_backs_off_and_begins_afresh_once_it_held(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    await _open(hub, clock)
    delays = []
    venue.refusal = VenueUnavailable("down")
    venue.break_streams()
    await clock.settle()
    for _ in range(8):
        asked, waited = len(venue.fetches), 0.0
        while len(venue.fetches) == asked:
            await clock.advance(0.5)
            waited += 0.5
        delays.append(waited)
    venue.refusal = None
    await clock.advance(100)
    venue.break_streams()
    await clock.advance(0.5)

    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert venue.open["BTC/USDT 1m"] == 1


async def test_all_who_wait_for_a_series_hear_why_it_does_not_open(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    venue.refusal = VenueUnavailable("down")
    venue.answer.clear()
    waiting = [asyncio.create_task(hub.acquire("hand", BTC, "1m", window=3)) for _ in range(100)]
    await clock.settle()
    venue.answer.set()
    heard = await asyncio.gather(*waiting, return_exceptions=True)

    assert {type(error) for error in heard} == {VenueUnavailable}
    assert venue.fetches == [3]
    venue.refusal = None
    assert minutes_of((await hub.acquire("hand", BTC, "1m", window=3)).tail(3)) == [-3, -2, -1]


async def test_one_who_gives_up_waiting_does_not_take_the_series_from_the_others(
    hub: MarketHub, venue: HandVenue, clock: ManualClock
) -> None:
    venue.answer.clear()
    first, second = (asyncio.create_task(hub.acquire("hand", BTC, "1m", window=3)) for _ in range(2))
    await clock.settle()
    first.cancel()
    await clock.settle()
    venue.answer.set()
    series = await second

    assert first.cancelled()
    assert minutes_of(series.tail(1)) == [-1]
    assert hub.health()[0].readers == 1


async def test_all_who_give_up_leave_nothing_open(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    venue.answer.clear()
    waiting = asyncio.create_task(hub.acquire("hand", BTC, "1m", window=3))
    await clock.settle()
    waiting.cancel()
    await clock.settle()

    assert hub.health() == []
    assert not +venue.open


@pytest.mark.parametrize(("name", "instrument"), [("hand", "NO/SUCH"), ("nowhere", BTC)])
async def test_what_does_not_exist_is_refused(hub: MarketHub, name: str, instrument: str) -> None:
    with pytest.raises(VenueRefused):
        await hub.acquire(name, instrument, "1m", window=3)

    assert hub.health() == []


async def test_a_listener_who_left_is_not_told(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    series, listener = await _open(hub, clock)
    series.unlisten(listener)
    series.unlisten(listener)
    venue.close_candle(0)
    await clock.settle()

    assert listener.minutes == []


@pytest.mark.parametrize("speed", [1.0, 60.0])
async def test_staleness_is_wall_time_whatever_the_markets_speed(speed: float) -> None:
    clock = ManualClock()
    venue = HandVenue(clock=clock, speed=speed)
    hub = MarketHub({"hand": venue.as_venue()}, clock)
    series, _ = await _open(hub, clock)
    await clock.advance(60 / speed)
    in_time = series.staleness_s
    await clock.advance(7)
    late = series.staleness_s
    venue.close_candle(*range(int((60 / speed + 7) * speed / 60)))
    await clock.settle()

    assert in_time == 0
    assert late == pytest.approx(7)
    assert series.staleness_s == 0
    await hub.close()


async def test_a_paced_market_waits_for_busy_readers(clock: ManualClock) -> None:
    venue = HandVenue(paced=True, clock=clock)
    hub = MarketHub({"hand": venue.as_venue()}, clock)
    _, listener = await _open(hub, clock)
    listener.busy = True
    venue.close_candle(0, 1)
    venue.close_candle(2)
    await clock.advance(1)
    assert listener.minutes == [0]
    listener.busy = False
    await clock.advance(1)

    assert listener.minutes == [0, 1, 2]
    await hub.close()


async def test_a_paced_market_does_not_wait_for_ever(clock: ManualClock) -> None:
    venue = HandVenue(paced=True, clock=clock)
    hub = MarketHub({"hand": venue.as_venue()}, clock)
    _, listener = await _open(hub, clock)
    listener.busy = True
    venue.close_candle(0)
    venue.close_candle(1)
    await clock.settle()
    await clock.advance(29)
    early = list(listener.minutes)
    await clock.advance(2)

    assert (early, listener.minutes) == ([0], [0, 1])
    await hub.close()


async def test_a_stream_is_closed_where_its_reader_left_between_two_candles(clock: ManualClock) -> None:
    venue = HandVenue(paced=True, clock=clock)
    hub = MarketHub({"hand": venue.as_venue()}, clock)
    series, listener = await _open(hub, clock)
    listener.busy = True
    venue.close_candle(0)
    await clock.settle()
    await hub.release(series)

    assert venue.open["BTC/USDT 1m"] == 0
    await hub.close()


async def test_tickers_reach_every_watcher_until_it_leaves(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    seen: tuple[list[Ticker], list[Ticker]] = [], []
    leave, stay = hub.watch("hand", seen[0].append), hub.watch("hand", seen[1].append)
    venue.quote("1")
    await clock.settle()
    leave()
    leave()
    venue.quote("2")
    await clock.settle()

    assert [[str(ticker.bid) for ticker in each] for each in seen] == [["1"], ["1", "2"]]
    assert venue.opened["tickers"] == 1
    last = hub.ticker("hand", BTC)
    assert last is not None
    assert str(last.bid) == "2"
    stay()
    await clock.settle()
    assert not +venue.open
    assert hub.ticker("hand", BTC) is None


async def test_tickers_come_back_after_their_stream_ended(hub: MarketHub, venue: HandVenue, clock: ManualClock) -> None:
    seen: list[Ticker] = []
    hub.watch("hand", seen.append)
    venue.break_tickers()
    await clock.advance(0.5)
    venue.quote("3")
    await clock.settle()

    assert [str(ticker.bid) for ticker in seen] == ["3"]
