"""Frames that others recorded at Binance and OKX, through ccxt.pro into the hub: nothing lost, nothing made up, nothing complained of."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from integration.market.exchange_rig import MarketVenue, connected, logged
from integration.market.replay_server import Recording, ReplayServer, replaying
from styrman.clock import SystemClock
from styrman.domain.market import OrderBook, Ticker
from styrman.market.hub import MarketHub
from styrman.venues.exchange.books import DEPTH

PATIENCE_S = 20.0
BINANCE_MS, OKX_MS = 1_633_998_511_200, 1_652_459_225_000  # when the recordings begin
NKN, LRC, BTC = "NKN/USDT", "LRC/BTC", "BTC/USDT"


@pytest.fixture
async def binance(recorded: Path) -> AsyncIterator[ReplayServer]:
    recording = Recording.read(recorded / "ws_raw", "BINANCE.ws.1.0", "BINANCE.0", "BINANCE.http.0.0")
    first = {str(each["s"]): each for each in reversed(list(of_stream(recording, "bookTicker")))}
    traded = {str(each["s"]): each for each in of_stream(recording, "aggTrade")}
    tickers = [
        {"symbol": name, "bidPrice": first[name]["b"], "askPrice": first[name]["a"], "lastPrice": traded[name]["p"]}
        for name in ("NKNUSDT", "LRCBTC")
    ]
    made: dict[str, object] = {"/api/v3/time": {"serverTime": BINANCE_MS}, "/api/v3/klines": [], "/api/v3/ticker/24hr": tickers}
    async with replaying("binance", recording, made) as server:
        yield server


@pytest.fixture
async def okx(recorded: Path) -> AsyncIterator[ReplayServer]:
    recording = Recording.read(recorded / "ws_raw", "OKX.ws.1.0", "OKX.0")
    first = next(of_channel(recording, "tickers"))
    made: dict[str, object] = {
        "/api/v5/public/time": {"code": "0", "data": [{"ts": str(OKX_MS)}]},
        "/api/v5/market/candles": {"code": "0", "data": []},
        "/api/v5/market/tickers": {"code": "0", "data": [first]},
    }
    async with replaying("okx", recording, made, socket="public") as server:
        yield server


def of_stream(recording: Recording, kind: str) -> Iterator[dict[str, object]]:
    for frame in recording.objects():
        if kind in str(frame["stream"]):
            yield frame["data"]  # type: ignore[misc] # as recorded


def of_channel(recording: Recording, channel: str, instrument: str = "BTC-USDT") -> Iterator[dict[str, object]]:
    for frame in recording.objects():
        if frame.get("data") and frame["arg"] == {"channel": channel, "instId": instrument}:
            yield from frame["data"]  # type: ignore[misc] # as recorded


def changes(values: Iterable[tuple[Decimal, ...]]) -> list[tuple[Decimal, ...]]:
    return [value for value, _ in itertools.groupby(values)]


def prices(frame: dict[str, object], *names: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(frame[name])) for name in names)


def quotes(seen: Iterable[Ticker], instrument: str) -> list[tuple[Decimal, ...]]:
    return changes((ticker.bid, ticker.ask) for ticker in seen if ticker.instrument == instrument)


async def read_books(market: MarketVenue, instrument: str, seen: list[OrderBook]) -> None:
    async for book in market.stream_book(instrument):
        seen.append(book)  # noqa: PERF401 - an extend would hand over nothing of a stream that is cancelled


async def test_binances_frames_reach_the_hub_as_they_are(binance: ReplayServer) -> None:
    seen: list[Ticker] = []
    with logged("warning", "error", "critical") as complaints:
        async with asyncio.timeout(PATIENCE_S), connected(binance.url) as market:
            hub = MarketHub({"binance": market.as_venue()}, SystemClock())
            hub.watch("binance", seen.append)
            for instrument in (NKN, LRC):
                await hub.acquire("binance", instrument, "1m", window=5)
            await binance.until_subscribed("nknusdt@kline_1m", "lrcbtc@kline_1m", "nknusdt@bookTicker", "lrcbtc@bookTicker")
            while not hub.ticker("binance", NKN):  # noqa: ASYNC110 - polled once, before the frames come
                await asyncio.sleep(0)
            binance.start.set()
            await binance.played.wait()
            kept = {name: list(market.connection.exchange.ohlcvs[name]["1m"]) for name in (NKN, LRC)}
            health = {each.instrument: each for each in hub.health()}
            await hub.close()
    told = list(of_stream(binance.recording, "bookTicker"))

    assert complaints == []
    assert market.nonsense == 0
    assert binance.sockets == 1
    assert len([asked for asked in binance.asked if asked["method"] == "SUBSCRIBE"]) == 2
    assert [len([each for each in told if each["s"] == name]) for name in ("NKNUSDT", "LRCBTC")] == [74, 9]
    for name, instrument in (("NKNUSDT", NKN), ("LRCBTC", LRC)):
        assert quotes(seen, instrument) == changes(prices(each, "b", "a") for each in told if each["s"] == name)
        candle = next(each["k"] for each in of_stream(binance.recording, "kline") if each["s"] == name)
        assert kept[instrument] == [[candle["t"], *(float(candle[each]) for each in "ohlcv")]]  # type: ignore[index] # as recorded
        assert {ticker.last for ticker in seen if ticker.instrument == instrument} == {Decimal(str(candle["c"]))}  # type: ignore[index] # as recorded
        assert health[instrument].candles == 0, "no candle of the recording has closed"


async def test_binances_book_is_the_snapshot_and_every_change(binance: ReplayServer) -> None:
    seen: list[OrderBook] = []
    with logged("warning", "error", "critical") as complaints:
        async with asyncio.timeout(PATIENCE_S), connected(binance.url) as market:
            reading = asyncio.create_task(read_books(market, NKN, seen))
            await binance.until_subscribed("nknusdt@depth")
            binance.start.set()
            await binance.played.wait()
            reading.cancel()
    snapshot = json_of(binance.recording.answer("/api/v3/depth", {"symbol": "NKNUSDT", "limit": "1000"}))
    sides = {side: dict(map(level, snapshot[side])) for side in ("bids", "asks")}
    for change in of_stream(binance.recording, "@depth"):
        if change["s"] == "NKNUSDT" and int(str(change["u"])) > int(str(snapshot["lastUpdateId"])):
            apply(sides, {"bids": change["b"], "asks": change["a"]})

    assert complaints == []
    assert len(seen) > 100
    assert (seen[-1].bids, seen[-1].asks) == top(sides)


async def test_okxs_frames_reach_the_hub_as_they_are(okx: ReplayServer) -> None:
    seen: list[Ticker] = []
    books: list[OrderBook] = []
    trades: list[str] = []

    async def read_trades(market: MarketVenue) -> None:
        while True:
            told = await market.connection.watch("watch_trades", BTC)
            trades.extend([each["id"] for each in told])

    with logged("warning", "error", "critical") as complaints:
        async with asyncio.timeout(PATIENCE_S), connected(okx.url, "okx") as market:
            hub = MarketHub({"okx": market.as_venue()}, SystemClock())
            hub.watch("okx", seen.append)
            await hub.acquire("okx", BTC, "1m", window=5)
            reading = [asyncio.create_task(read_books(market, BTC, books)), asyncio.create_task(read_trades(market))]
            await okx.until_subscribed("tickers", "books", "trades", "candle1m")
            while not hub.ticker("okx", BTC):  # noqa: ASYNC110 - polled once, before the frames come
                await asyncio.sleep(0)
            okx.start.set()
            await okx.played.wait()
            died = [task for task in reading if task.done()]
            for task in reading:
                task.cancel()
            await hub.close()
    told = list(of_channel(okx.recording, "tickers"))
    sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
    expected = []
    for change in of_channel(okx.recording, "books"):
        apply(sides, change)
        expected.append(top(sides))

    assert complaints == []
    assert market.nonsense == 0
    assert died == []
    assert len(told) == 25
    assert quotes(seen, BTC) == changes(prices(each, "bidPx", "askPx") for each in told)
    assert changes((ticker.last,) for ticker in seen) == changes(prices(each, "last") for each in told)
    assert len(expected) == 98
    assert [(book.bids, book.asks) for book in books] == [state for state, _ in itertools.groupby(expected)]
    assert trades == [each["tradeId"] for each in of_channel(okx.recording, "trades")]
    assert len(trades) == 69


def json_of(text: str | None) -> dict[str, list[list[str]]]:
    assert text is not None
    loaded: dict[str, list[list[str]]] = json.loads(text)
    return loaded


def level(row: list[str]) -> tuple[Decimal, Decimal]:
    return Decimal(row[0]), Decimal(row[1])


def apply(sides: dict[str, dict[Decimal, Decimal]], change: dict[str, object]) -> None:
    for name, side in sides.items():
        for price, amount in map(level, cast("list[list[str]]", change[name])):
            side[price] = amount
            if not amount:
                del side[price]


def top(sides: dict[str, dict[Decimal, Decimal]]) -> tuple[tuple[tuple[Decimal, Decimal], ...], ...]:
    bids, asks = sorted(sides["bids"].items(), reverse=True)[:DEPTH], sorted(sides["asks"].items())[:DEPTH]
    return tuple(bids), tuple(asks)
