"""Third-party clients agree with the testnet: ccxt and python-binance place, read and cancel orders and follow streams."""

import asyncio
import re
import warnings
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import ccxt
import ccxt.pro
import pytest

from integration.testnet.conftest import Client
from styrman.testnet import Testnet

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # python-binance imports what websockets deprecates
    from binance import AsyncClient, BinanceSocketManager
    from binance.exceptions import BinanceAPIException
    from binance.ws.websocket_api import WebsocketAPI

T = TypeVar("T")

PATIENCE_S = 10.0
SYMBOL = "BTC/USDT"


def redirected(address: object, host: str) -> object:
    """Return one of ccxt's addresses, or a tree of them, with another host."""
    if isinstance(address, dict):
        return {name: redirected(each, host) for name, each in address.items()}
    return re.sub(r"^(http|ws)s?://[^/]+", rf"\1://{host}", address) if isinstance(address, str) else address


async def soon(waited: Awaitable[T]) -> T:
    """Return what comes; fail where nothing does."""
    async with asyncio.timeout(PATIENCE_S):
        return await waited


@pytest.fixture
async def exchange(testnet: Testnet, client: Client) -> AsyncIterator[Any]:  # ccxt has no types
    """ccxt.pro's binance at the testnet, on a market that stands at 40,000."""
    del client
    options = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
    exchange = ccxt.pro.binance({"apiKey": testnet.key, "secret": testnet.secret, "options": options, "enableRateLimit": False})
    exchange.urls["api"] = redirected(exchange.urls["api"], testnet.url.removeprefix("http://"))
    await exchange.load_markets()
    yield exchange
    await exchange.close()


@pytest.fixture
async def binance(testnet: Testnet, client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """python-binance at the testnet."""
    del client
    streams = testnet.url.replace("http", "ws")
    monkeypatch.setattr(AsyncClient, "API_URL", f"{testnet.url}/api")
    monkeypatch.setattr(AsyncClient, "WS_API_URL", f"{streams}/ws-api/v3")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", f"{streams}/")
    monkeypatch.setattr(WebsocketAPI, "TIMEOUT", 1.0)  # its closing waits for as long
    binance = await AsyncClient.create(testnet.key, testnet.secret)
    yield binance
    await binance.close_connection()


async def test_ccxt_places_reads_and_cancels(exchange: Any) -> None:
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, 30_000, {"newClientOrderId": "mine"})
    read = await exchange.fetch_order(None, SYMBOL, {"origClientOrderId": "mine"})
    working = await exchange.fetch_open_orders(SYMBOL)
    canceled = await exchange.cancel_order(placed["id"], SYMBOL)

    assert (read["id"], read["status"], read["price"], read["amount"]) == (placed["id"], "open", 30_000, 0.01)
    assert [order["clientOrderId"] for order in working] == ["mine"]
    assert canceled["status"] == "canceled"


async def test_ccxt_reads_that_nothing_was_deposited_or_withdrawn(exchange: Any) -> None:
    """styrman looks for drift only where it knows that."""
    assert await exchange.fetch_deposits() == []
    assert await exchange.fetch_withdrawals() == []


async def test_ccxt_reads_trades_balances_and_markets(exchange: Any) -> None:
    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.01)
    trades = await exchange.fetch_my_trades(SYMBOL)
    balance = await exchange.fetch_balance()

    assert exchange.market(SYMBOL)["limits"]["cost"]["min"] == 5
    assert bought["status"] == "closed"
    assert [(trade["order"], trade["fee"]["currency"]) for trade in trades] == [(bought["id"], "BTC")]
    assert balance["total"]["BTC"] == pytest.approx(0.00999)


async def test_ccxt_knows_each_refusal(exchange: Any) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(SYMBOL, "limit", "buy", 1000, 30_000)
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.fetch_order("999", SYMBOL)
    exchange.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        await exchange.fetch_balance()


async def test_ccxt_places_stops(exchange: Any) -> None:
    await exchange.create_order(SYMBOL, "market", "buy", 0.01)
    stop = await exchange.create_order(SYMBOL, "market", "sell", 0.005, None, {"stopLossPrice": 36_000})
    read = await exchange.fetch_order(stop["id"], SYMBOL)

    assert (read["type"], read["triggerPrice"], read["status"]) == ("market", 36_000, "open")


async def test_ccxt_watches_orders_trades_and_balance(exchange: Any) -> None:
    await soon(exchange.ensure_user_data_stream_ws_subscribe_signature())
    orders = asyncio.create_task(exchange.watch_orders(SYMBOL), name="orders")
    trades = asyncio.create_task(exchange.watch_my_trades(SYMBOL), name="trades")
    balance = asyncio.create_task(exchange.watch_balance(), name="balance")

    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.01)

    assert (await soon(orders))[-1]["id"] == bought["id"]
    assert (await soon(trades))[-1]["order"] == bought["id"]
    assert (await soon(balance))["BTC"]["free"] == 0.00999


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("watch_ohlcv", (SYMBOL, "1m")),
        ("watch_ticker", (SYMBOL,)),
        ("watch_tickers", ([SYMBOL, "ETH/USDT"],)),
        ("watch_bids_asks", ([SYMBOL],)),
        ("watch_trades", (SYMBOL,)),
    ],
)
async def test_ccxt_watches_the_market(exchange: Any, method: str, arguments: tuple[object, ...]) -> None:
    assert await soon(getattr(exchange, method)(*arguments))


async def test_ccxt_follows_the_book_without_a_gap(exchange: Any, client: Client) -> None:
    await soon(exchange.watch_order_book(SYMBOL))
    await client.hold(41_000)
    bids: list[list[float]] = []
    asks: list[list[float]] = []
    while not bids or bids[0][0] < 40_900:
        book = await soon(exchange.watch_order_book(SYMBOL))
        bids, asks = book["bids"], book["asks"]

    assert bids == sorted(bids, reverse=True)
    assert bids[0][0] < asks[0][0]


async def test_python_binance_places_reads_and_cancels(binance: AsyncClient) -> None:
    limit = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "30000"}
    placed = await binance.create_order(**limit, newClientOrderId="mine")
    again = await binance.ws_create_order(**limit)
    read = await binance.get_order(symbol="BTCUSDT", origClientOrderId="mine")
    canceled = await binance.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
    with pytest.raises(BinanceAPIException, match="Unknown order"):
        await binance.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])

    assert (read["orderId"], canceled["status"]) == (placed["orderId"], "CANCELED")
    assert [order["orderId"] for order in await binance.get_open_orders(symbol="BTCUSDT")] == [again["orderId"]]


async def test_python_binance_follows_market_and_account(binance: AsyncClient) -> None:
    sockets = BinanceSocketManager(binance)
    async with sockets.kline_socket("BTCUSDT") as klines:
        kline = await soon(klines.recv())
    async with sockets.multiplex_socket(["btcusdt@bookTicker", "ethusdt@trade"]) as several:
        first = await soon(several.recv())
    async with sockets.user_socket() as account:
        await binance.create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        told = [await soon(account.recv()) for _ in range(3)]

    assert (kline["e"], kline["k"]["c"]) == ("kline", "40000.00000000")
    assert first["stream"] in ("btcusdt@bookTicker", "ethusdt@trade")
    assert [(each["e"], each.get("x"), each.get("X")) for each in told] == [
        ("executionReport", "NEW", "NEW"),
        ("executionReport", "TRADE", "FILLED"),
        ("outboundAccountPosition", None, None),
    ]


async def test_a_listen_key_opens_the_account_stream(client: Client, testnet: Testnet) -> None:
    _, made = await client.send("POST", "/api/v3/userDataStream")
    assert isinstance(made, dict)

    async with client.session.ws_connect(f"{testnet.url}/ws/{made['listenKey']}") as stream:
        await client.limit(newClientOrderId="mine")
        told = await soon(stream.receive_json())

    assert (told["e"], told["c"], told["X"]) == ("executionReport", "mine", "NEW")


async def test_subscriptions_come_and_go(client: Client, testnet: Testnet) -> None:
    async with client.session.ws_connect(f"{testnet.url}/stream") as stream:
        await stream.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@depth5", "!ticker@arr", "nonsense"], "id": 1})
        await stream.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
        messages = [await soon(stream.receive_json()) for _ in range(4)]
        await stream.send_json({"method": "UNSUBSCRIBE", "params": ["btcusdt@depth5", "!ticker@arr"], "id": 3})
        await stream.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 4})
        while (last := await soon(stream.receive_json())).get("id") != 4:
            pass

    assert {message.get("id", message.get("stream")) for message in messages} == {1, 2, "btcusdt@depth5", "!ticker@arr"}
    assert last == {"result": [], "id": 4}
