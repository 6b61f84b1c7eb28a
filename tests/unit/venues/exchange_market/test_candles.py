"""Candles that close: each once, in order, right, by whatever way they come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from styrman.domain.market import Candles
from styrman.errors import VenueRefused, VenueUnavailable
from styrman.venues.exchange.candle_streams import CandleStreams
from styrman.venues.exchange.candles import CandleReader
from styrman.venues.exchange.readings import Readings
from styrman.venues.exchange.sockets import Pace
from styrman.venues.exchange.wires import Wire
from unit.venues.exchange_market.hand_exchange import BTC, PAGE, HandExchange

STREAM = "watchOHLCV"


class Told:
    """Reads a stream of candles in a task of its own."""

    def __init__(self, exchange: HandExchange, reader: CandleReader) -> None:
        self._exchange = exchange
        self.batches: list[Candles] = []
        self.task = asyncio.create_task(self._read(reader))

    async def _read(self, reader: CandleReader) -> None:
        async for batch in reader.stream(BTC, "1m"):
            self.batches.append(batch)

    @property
    def candles(self) -> list[tuple[int, float]]:
        """Minute and close of each."""
        return [
            pair for batch in self.batches for pair in zip(self._exchange.minutes(batch.time.tolist()), batch.close.tolist(), strict=True)
        ]


@asynccontextmanager
async def reading(
    exchange: HandExchange, traded: Callable[[str, Decimal], None] = lambda *_: None
) -> AsyncIterator[tuple[Told, CandleStreams]]:
    connection = exchange.as_connection()
    streams = CandleStreams(connection)
    wire = Wire(streams, connection, Pace(exchange.clock)) if exchange.has(STREAM) else None
    told = Told(exchange, CandleReader(connection, Readings("hand"), wire, streams, traded=traded))
    await exchange.soon()
    yield told, streams
    told.task.cancel()
    await asyncio.wait({told.task})
    if wire is not None:
        await wire.close()


async def test_a_polled_exchange_is_asked_once_a_candle_a_second_after_its_close() -> None:
    exchange = HandExchange()
    exchange.has_closed()
    async with reading(exchange) as (told, _):
        await exchange.at(3.5)

    assert told.candles == [(0, 100), (1, 101), (2, 102)]
    assert exchange.asked_at == pytest.approx([61, 121, 181], abs=0.1)


async def test_a_stream_that_lives_is_believed_and_nothing_is_asked() -> None:
    exchange = HandExchange(STREAM)
    async with reading(exchange) as (told, _):
        for minute, price in ((0, 7.0), (0, 8.0), (1, 9.0), (1, 10.0), (2, 11.0)):
            exchange.stream_candle(minute, price)
            await exchange.clock.advance(30)

    assert told.candles == [(0, 8.0), (1, 10.0)]
    assert not exchange.asked


async def test_what_the_exchange_calls_closed_is_told_at_once() -> None:
    exchange = HandExchange(STREAM)
    exchange.exchange.markets_by_id = {"BTCUSDT": [{"symbol": BTC}]}
    async with reading(exchange) as (told, streams):
        exchange.stream_candle(0, 7.0)
        await exchange.at(1)
        streams.note_closed(("BTCUSDT", "1m", exchange.start_ms))
        exchange.stream_candle(0, 8.0)
        await exchange.clock.settle()

        assert told.candles == [(0, 8.0)]
        assert exchange.clock.monotonic() == 60


async def test_a_candle_seen_by_halves_is_not_believed() -> None:
    """The stream broke before the candle closed, and came back after: what it said of that candle is not the whole of it."""
    exchange = HandExchange(STREAM)
    exchange.has_closed()
    async with reading(exchange) as (told, _):
        exchange.stream_candle(0, 7.0)
        await exchange.at(0.9)
        exchange.break_stream()
        await exchange.at(1.01)
        exchange.stream_candle(1, 9.0)
        await exchange.at(1.1)

    assert told.candles == [(0, 100)]
    assert exchange.asked["fetch_ohlcv"] == 1


async def test_what_a_broken_stream_missed_is_fetched() -> None:
    exchange = HandExchange(STREAM)
    exchange.has_closed()
    async with reading(exchange) as (told, _):
        exchange.stream_candle(0)
        await exchange.at(0.5)
        exchange.break_stream()
        exchange.failure = VenueUnavailable("down")
        await exchange.at(4.2)
        exchange.failure = None
        await exchange.at(5.5)

    assert [minute for minute, _ in told.candles] == [0, 1, 2, 3, 4]


async def test_a_stream_that_says_nothing_is_polled_and_believed_again_when_it_speaks() -> None:
    exchange = HandExchange(STREAM)
    exchange.has_closed()
    async with reading(exchange) as (told, _):
        exchange.stream_candle(0)
        await exchange.at(3.5)
        asked = exchange.asked["fetch_ohlcv"]
        exchange.stream_candle(3, 1.0)
        await exchange.at(3.9)
        exchange.stream_candle(3, 2.0)
        await exchange.at(4.01)
        exchange.stream_candle(4, 3.0)
        await exchange.clock.settle()

    assert asked == 3
    assert exchange.asked["fetch_ohlcv"] == 3
    assert told.candles == [(0, 100), (1, 101), (2, 102), (3, 2.0)]


async def test_the_open_candle_is_never_told() -> None:
    exchange = HandExchange()
    exchange.has_closed()
    reader = CandleReader(exchange.as_connection(), Readings("hand"), None, CandleStreams(exchange.as_connection()), traded=lambda *_: None)
    await exchange.at(1.5)
    fetched = await reader.fetch(BTC, "1m", 3)
    await exchange.at(2)
    exact = await reader.fetch(BTC, "1m", 3)

    assert exchange.minutes(fetched.time.tolist()) == [-2, -1, 0]
    assert exchange.minutes(exact.time.tolist()) == [-1, 0, 1]


async def test_in_a_silent_market_it_asks_again_ever_more_seldom() -> None:
    exchange = HandExchange()
    exchange.has_closed(without=[0, 1, 2])
    async with reading(exchange) as (told, _):
        await exchange.at(4.5)

    assert told.candles == [(3, 103)]
    assert len(exchange.asked_at) <= 9


async def test_a_failing_exchange_is_asked_again_and_the_candle_told_once() -> None:
    exchange = HandExchange()
    exchange.has_closed()
    exchange.failure = VenueUnavailable("503")
    async with reading(exchange) as (told, _):
        await exchange.at(1.06)
        exchange.failure = None
        await exchange.at(1.9)

    assert told.candles == [(0, 100)]
    assert exchange.asked_at == pytest.approx([61, 63, 67], abs=0.2)


@pytest.mark.parametrize("limit", [1, PAGE - 1, PAGE, 3 * PAGE + 1, 200])
async def test_pages_make_one_series(limit: int) -> None:
    exchange = HandExchange()
    exchange.has_closed()
    reader = CandleReader(exchange.as_connection(), Readings("hand"), None, CandleStreams(exchange.as_connection()), traded=lambda *_: None)
    fetched = await reader.fetch(BTC, "1m", limit)

    assert exchange.minutes(fetched.time.tolist()) == list(range(max(-50, -limit), 0))


@pytest.mark.parametrize(("instrument", "timeframe", "says"), [("BTC/USDC", "1m", "near are: BTC/USDT"), (BTC, "7m", "there are: 1m, 1h")])
async def test_what_there_is_not_is_refused_with_what_there_is(instrument: str, timeframe: str, says: str) -> None:
    exchange = HandExchange()
    reader = CandleReader(exchange.as_connection(), Readings("hand"), None, CandleStreams(exchange.as_connection()), traded=lambda *_: None)

    with pytest.raises(VenueRefused, match=says):
        await reader.fetch(instrument, timeframe, 5)


async def test_rows_that_make_no_sense_are_counted_and_left_out() -> None:
    exchange, readings = HandExchange(), Readings("hand")
    good = exchange.row(-2)
    time = exchange.start_ms - 60_000
    bad = [
        None,
        "text",
        [],
        [time, 1, 1],
        [time, "x", 1, 1, 1, 1],
        [time, 1, float("nan"), 1, 1, 1],
        [time, 5, 4, 1, 2, 1],
        [time, 1, 1, 1, 1, -1],
    ]
    exchange.answers["fetch_ohlcv"] = lambda *asked: [good, *bad] if asked[2] is None else []
    reader = CandleReader(exchange.as_connection(), readings, None, CandleStreams(exchange.as_connection()), traded=lambda *_: None)
    fetched = await reader.fetch(BTC, "1m", 5)

    assert exchange.minutes(fetched.time.tolist()) == [-2]
    assert readings.nonsense == len(bad)


@pytest.mark.parametrize("answer", [None, "<html>", {"code": 1}, 5])
async def test_an_answer_that_is_no_table_is_no_answer(answer: object) -> None:
    exchange, readings = HandExchange(), Readings("hand")
    exchange.answers["fetch_ohlcv"] = answer
    reader = CandleReader(exchange.as_connection(), readings, None, CandleStreams(exchange.as_connection()), traded=lambda *_: None)

    with pytest.raises(VenueUnavailable, match="no sense"):
        await reader.fetch(BTC, "1m", 5)

    assert readings.nonsense == 1


async def test_the_stream_tells_the_last_price() -> None:
    exchange, traded = HandExchange(STREAM), list[tuple[str, Decimal]]()
    async with reading(exchange, lambda *each: traded.append(each)) as _:
        exchange.stream_candle(0, 7.5)
        await exchange.soon()

    assert traded[-1] == (BTC, Decimal("7.5"))
