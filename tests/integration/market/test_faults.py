"""An exchange's market data over real sockets to the testnet: what breaks is mended, and the hub misses nothing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import numpy as np
import pytest

from integration.market.exchange_rig import connected, logged
from styrman.clock import SystemClock
from styrman.errors import VenueUnavailable
from styrman.market.hub import MarketHub
from styrman.ports import CandleSeries
from styrman.testnet import Testnet, TestnetOptions
from styrman.venues.simulation.universe import UNIVERSE

PATIENCE_S = 20.0
MINUTE_MS = 60_000
BTC = "BTC/USDT"
TWENTY = tuple(UNIVERSE)[:20]
FAST = 240.0  # four candles of a minute in a second of ours


class Listener:
    """Notes when candles closed, and lets a test wait for the next."""

    def __init__(self) -> None:
        self.closed: list[datetime] = []
        self._news = asyncio.Event()

    def candle_closed(self, closed_at: datetime) -> None:
        self.closed.append(closed_at)
        self._news.set()

    def is_busy(self) -> bool:
        return False

    async def more(self, count: int) -> None:
        """Return once so many more candles have closed."""
        wanted = len(self.closed) + count
        while len(self.closed) < wanted:
            self._news.clear()
            await self._news.wait()


async def fault(testnet: Testnet, **fields: object) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{testnet.url}/_faults", json=fields) as answer:
        assert answer.status == 201


async def truth(testnet: Testnet, series: CandleSeries, count: int) -> list[list[float]]:
    """Return the same candles as the testnet has them."""
    first = int(series.tail(count).time[0])
    query = f"symbol=BTCUSDT&interval=1m&startTime={first}&limit={count}"
    async with aiohttp.ClientSession() as session, session.get(f"{testnet.url}/api/v3/klines?{query}") as answer:
        return [[float(each) for each in row[:6]] for row in await answer.json()]


def rows(series: CandleSeries, count: int) -> list[list[float]]:
    tail = series.tail(count)
    columns = (tail.time, tail.open, tail.high, tail.low, tail.close, tail.volume)
    return [[float(each) for each in row] for row in zip(*columns, strict=True)]


@pytest.fixture
async def testnet() -> AsyncIterator[Testnet]:
    async with Testnet(TestnetOptions(speed=FAST, weight_limit=1_000_000)) as testnet:
        yield testnet


async def test_a_thousand_bots_on_twenty_symbols_make_twenty_subscriptions() -> None:
    async with (
        asyncio.timeout(PATIENCE_S),
        Testnet(TestnetOptions(symbols=TWENTY, speed=1.0, weight_limit=1_000_000)) as testnet,
        connected(testnet.url) as market,
    ):
        hub = MarketHub({"binance": market.as_venue()}, SystemClock())
        await asyncio.gather(*(hub.acquire("binance", TWENTY[bot % 20], "1m", window=100) for bot in range(1000)))
        subscribed = list[str]()
        while len(subscribed) < 40 or not all(hub.ticker("binance", name) for name in TWENTY):
            await asyncio.sleep(0)
            # Asked anew: ccxt makes another mapping with the first socket.
            subscribed = [each for client in (market.connection.exchange.clients or {}).values() for each in client.subscriptions]
        health, urls = hub.health(), list(market.connection.exchange.clients)
        async with aiohttp.ClientSession() as session, session.get(f"{testnet.url}/_log") as answer:
            asked = [entry["path"] for entry in await answer.json()]
        await hub.close()

    assert [each.readers for each in health] == [50] * 20
    assert [each.candles for each in health] == [100] * 20
    assert len([each for each in subscribed if each.startswith("ohlcv")]) == 20
    assert len([each for each in subscribed if each.startswith("bidask")]) == 20
    assert asked.count("/api/v3/klines") == 20
    assert len(urls) == 1


@pytest.mark.parametrize("silent", [False, True], ids=["cut", "silent"])
async def test_a_stream_that_breaks_costs_no_candle(testnet: Testnet, *, silent: bool) -> None:
    stall_s = 0.7 if silent else 60.0
    async with asyncio.timeout(PATIENCE_S), connected(testnet.url, stall_s=stall_s) as market:
        hub, listener = MarketHub({"binance": market.as_venue()}, SystemClock()), Listener()
        series = await hub.acquire("binance", BTC, "1m", window=10)
        series.listen(listener)
        await listener.more(2)
        with logged("warning") as warnings:
            await fault(testnet, kind="drop_stream", silent=silent, seconds=60)
            await listener.more(8)
        told = list(listener.closed)
        held, real = rows(series, 10), await truth(testnet, series, 10)
        await hub.close()

    assert held == real
    assert {after - before for before, after in itertools.pairwise(told)} == {timedelta(minutes=1)}
    assert any("market stream lost" in line for line in warnings)
    assert hub.health() == []


async def test_a_frame_that_ccxt_chokes_on_does_not_end_the_stream(testnet: Testnet) -> None:
    """Unguarded, ccxt's receiving loop ends with the first such frame, and nobody who waits hears of it."""
    async with asyncio.timeout(PATIENCE_S), connected(testnet.url) as market:
        hub, listener = MarketHub({"binance": market.as_venue()}, SystemClock()), Listener()
        series = await hub.acquire("binance", BTC, "1m", window=10)
        series.listen(listener)
        await listener.more(1)
        with logged("warning") as warnings:
            for connection in tuple(testnet._connections._open):
                for frame in (b'{"e": "kline", "k"', b'{"e":"kline","s":5,"k":{"t":"x"}}', b"[[[]]]"):
                    connection._waiting.append(frame)
            await listener.more(3)
        sockets = len(market.connection.exchange.clients)
        await hub.close()

    assert market.nonsense >= 1
    assert sockets == 1
    assert len([line for line in warnings if "makes no sense" in line]) == 1
    assert not [line for line in warnings if "lost" in line]


async def test_answers_that_fail_are_asked_for_again(testnet: Testnet) -> None:
    async with asyncio.timeout(PATIENCE_S), connected(testnet.url) as market:
        for kind in ("status", "nonsense", "reset"):
            await fault(testnet, kind=kind, path="/api/v3/klines", count=1, executed=False)
            with pytest.raises(VenueUnavailable):
                await market.fetch_candles(BTC, "1m", 10)
        fetched = await market.fetch_candles(BTC, "1m", 1500)

    assert len(fetched) >= 1000, "all there is: a page of the exchange, and none before it"
    assert set(np.diff(fetched.time)) == {MINUTE_MS}
