"""The testnet answers as Binance does: signatures, windows, filters, codes, client ids, order lists, limits."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from integration.testnet.conftest import OPTIONS, Client
from styrman.testnet import Testnet, TestnetOptions
from styrman.testnet.signing import sign

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "30000"}
SELL_PAIR = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "0.009",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "44000",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "36000",
}


def told(answer: tuple[int, object], *names: str) -> tuple[object, ...]:
    """Return some fields of an answer."""
    body = answer[1]
    assert isinstance(body, dict), body
    return tuple(body.get(name) for name in names)


def now_ms() -> int:
    return round(time.time() * 1000)


async def test_an_order_is_placed_read_and_canceled(client: Client) -> None:
    placed = await client.limit(newClientOrderId="mine")
    read = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="mine")
    canceled = await client.call("DELETE", "order", symbol="BTCUSDT", origClientOrderId="mine")

    assert told(placed, "status", "origQty", "price", "fills") == ("NEW", "0.01000000", "30000.00000000", [])
    assert told(read, "status", "type", "side", "timeInForce") == ("NEW", "LIMIT", "BUY", "GTC")
    assert told(canceled, "status", "origClientOrderId") == ("CANCELED", "mine")
    assert told(canceled, "clientOrderId") != ("mine",)


async def test_answers_are_as_long_as_was_asked(client: Client) -> None:
    short = await client.buy(newOrderRespType="ACK")
    middle = await client.buy(newOrderRespType="RESULT")
    full = await client.buy()

    assert told(short, "status", "fills") == (None, None)
    assert told(middle, "status", "fills") == ("FILLED", None)
    fills = told(full, "fills")[0]
    assert isinstance(fills, list)
    assert [(fill["qty"], fill["commission"], fill["commissionAsset"]) for fill in fills] == [("0.01000000", "0.00001000", "BTC")]


async def test_a_market_order_may_say_what_it_spends(client: Client) -> None:
    bought = await client.call("POST", "order", symbol="BTCUSDT", side="BUY", type="MARKET", quoteOrderQty="400")

    assert told(bought, "status", "executedQty") == ("FILLED", "0.00999000")


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "MAGIC"}, -1116, "Invalid orderType."),
        ({"timeInForce": "FOREVER"}, -1115, "Invalid timeInForce."),
        ({"quantity": ""}, -1102, "Mandatory parameter 'quantity'"),
        ({"quantity": "much"}, -1100, "Illegal characters found in parameter 'quantity'"),
        ({"quantity": "0.010000001"}, -1111, "too much precision"),
        ({"quantity": "0.0100005"}, -1013, "Filter failure: LOT_SIZE"),
        ({"price": "30000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.0001"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "1000"}, -2010, "insufficient balance"),
        ({"type": "LIMIT_MAKER", "timeInForce": "", "price": "50000"}, -2010, "immediately match"),
        ({"type": "STOP_LOSS_LIMIT", "stopPrice": "39000", "price": "30000"}, -2010, "trigger immediately"),
        ({"type": "MARKET"}, -1106, "sent when not required"),
        ({"newClientOrderId": "x" * 37}, -1100, "newClientOrderId"),
        ({"newClientOrderId": "so bad!"}, -1100, "newClientOrderId"),
    ],
)
async def test_what_is_wrong_is_refused_by_code_and_leaves_nothing(
    client: Client, changed: dict[str, str], code: int, message: str
) -> None:
    status, _ = answer = await client.call("POST", "order", **{name: text.replace(" ", "%20") for name, text in (LIMIT | changed).items()})

    assert status == 400
    assert told(answer, "code") == (code,)
    assert message in str(told(answer, "msg")[0])
    assert await client.orders() == []


async def test_order_test_checks_and_places_nothing(client: Client) -> None:
    good = await client.call("POST", "order/test", **LIMIT)
    bad = await client.call("POST", "order/test", **LIMIT | {"price": "30000.001"})

    assert good == (200, {})
    assert told(bad, "code") == (-1013,)
    assert await client.orders() == []


async def test_a_client_id_is_refused_while_open_and_taken_again_after(client: Client) -> None:
    first = await client.buy(newClientOrderId="again")
    second = await client.limit(newClientOrderId="again")
    third = await client.limit(newClientOrderId="again")
    newest = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="again")

    assert told(first, "status") == ("FILLED",)
    assert told(third, "code", "msg") == (-2010, "Duplicate order sent.")
    assert told(newest, "orderId") == told(second, "orderId")


async def test_unknown_orders_have_a_code_for_each_question(client: Client) -> None:
    read = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="nobody")
    canceled = await client.call("DELETE", "order", symbol="BTCUSDT", orderId=77)

    assert told(read, "code", "msg") == (-2013, "Order does not exist.")
    assert told(canceled, "code", "msg") == (-2011, "Unknown order sent.")


async def test_a_final_order_can_not_be_canceled(client: Client) -> None:
    await client.buy(newClientOrderId="done")

    canceled = await client.call("DELETE", "order", symbol="BTCUSDT", origClientOrderId="done")

    assert told(canceled, "code") == (-2011,)


@pytest.mark.parametrize(
    ("stamp_ms", "window", "code"),
    [(-6000, "", -1021), (2000, "", -1021), (-6000, "10000", None), (-900, "500", -1021), (0, "60001", -1131)],
)
async def test_the_window_is_enforced(client: Client, stamp_ms: int, window: str, code: int | None) -> None:
    more = {"recvWindow": window} if window else {}

    answer = await client.limit(timestamp=now_ms() + stamp_ms, **more)

    assert told(answer, "code") == (code,)
    assert len(await client.orders()) == (0 if code else 1)


async def test_a_request_that_travels_too_long_is_refused(client: Client) -> None:
    await client.fault(kind="delay", path="/api/v3/order", seconds=0.2)

    answer = await client.limit(recvWindow=100)

    assert told(answer, "code") == (-1021,)
    assert await client.orders() == []


async def test_signatures_cover_query_and_body(client: Client) -> None:
    query, body = f"symbol=BTCUSDT&timestamp={now_ms()}", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=30000"
    target, headers = f"{client.testnet.url}/api/v3/order?{query}", {"X-MBX-APIKEY": client.testnet.key}
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    forged = body.replace("0.01", "0.02")
    signature = sign(client.testnet.secret, query + body)

    async with client.session.post(target, data=f"{forged}&signature={signature}", headers=form) as response:
        refused = response.status, await response.json()
    async with client.session.post(target, data=f"{body}&signature={signature}", headers=form) as response:
        taken = response.status, await response.json()

    assert told(refused, "code") == (-1022,)
    assert told(taken, "status") == ("NEW",)


@pytest.mark.parametrize(("key", "code"), [("", -2014), ("other", -2015)])
async def test_another_key_is_refused(client: Client, key: str, code: int) -> None:
    async with client.session.get(f"{client.testnet.url}/api/v3/account", headers={"X-MBX-APIKEY": key}) as response:
        assert response.status == 401
        assert (await response.json())["code"] == code


async def test_a_stop_sells_at_the_market_once_touched(client: Client) -> None:
    await client.buy()
    stop = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.009", "newClientOrderId": "stop"}
    await client.call("POST", "order", type="STOP_LOSS", stopPrice="38000", **stop)
    waiting = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="stop")

    await client.hold(37_500)

    sold = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="stop")
    assert told(waiting, "status", "isWorking") == ("NEW", False)
    assert told(sold, "status") == ("FILLED",)


async def test_a_take_profit_sells_once_the_price_has_risen(client: Client) -> None:
    await client.buy()
    target = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.009", "newClientOrderId": "target"}
    await client.call("POST", "order", type="TAKE_PROFIT", stopPrice="42000", **target)
    await client.hold(39_000)
    waiting = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="target")

    await client.hold(42_100)

    sold = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="target")
    assert (told(waiting, "status"), told(sold, "status")) == (("NEW",), ("FILLED",))


async def test_a_stop_limit_rests_at_its_limit_once_touched(client: Client) -> None:
    await client.buy()
    stop = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.009", "newClientOrderId": "stop", "timeInForce": "GTC"}
    await client.call("POST", "order", type="STOP_LOSS_LIMIT", stopPrice="38000", price="37900", **stop)
    await client.hold(37_000)
    resting = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="stop")

    await client.hold(37_950)

    sold = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="stop")
    assert told(resting, "status", "isWorking") == ("NEW", True)
    assert told(sold, "status", "cummulativeQuoteQty") == ("FILLED", "341.10000000")


@pytest.mark.parametrize(("price", "filled", "expired"), [(35_000, "STOP_LOSS", "LIMIT_MAKER"), (44_500, "LIMIT_MAKER", "STOP_LOSS")])
async def test_one_leg_of_a_pair_ends_the_other(client: Client, price: int, filled: str, expired: str) -> None:
    await client.buy()
    status, _ = await client.call("POST", "orderList/oco", **SELL_PAIR, listClientOrderId="pair")
    _, account = await client.call("GET", "account", omitZeroBalances="true")

    await client.hold(price)

    listed = await client.call("GET", "orderList", origClientOrderId="pair")
    statuses = {order["type"]: order["status"] for order in await client.orders() if order["orderListId"] != -1}
    assert status == 200
    assert isinstance(account, dict)
    assert account["balances"][0] == {"asset": "BTC", "free": "0.00099000", "locked": "0.00900000"}
    assert statuses == {filled: "FILLED", expired: "EXPIRED"}
    assert told(listed, "listOrderStatus") == ("ALL_DONE",)


async def test_canceling_one_leg_cancels_the_pair(client: Client) -> None:
    await client.buy()
    _, pair = await client.call("POST", "orderList/oco", **SELL_PAIR)
    assert isinstance(pair, dict)

    canceled = await client.call("DELETE", "order", symbol="BTCUSDT", orderId=pair["orders"][0]["orderId"])

    assert told(canceled, "listOrderStatus") == ("ALL_DONE",)
    assert (await client.call("GET", "openOrders"))[1] == []
    assert (await client.call("GET", "openOrderList"))[1] == []


async def test_the_old_way_to_place_a_pair_still_works(client: Client) -> None:
    await client.buy()
    legs = {"price": "44000", "stopPrice": "36000", "limitClientOrderId": "target", "stopClientOrderId": "stop"}

    await client.call("POST", "order/oco", symbol="BTCUSDT", side="SELL", quantity="0.009", **legs)

    placed = {order["clientOrderId"]: order["type"] for order in await client.orders() if order["orderListId"] != -1}
    assert placed == {"stop": "STOP_LOSS", "target": "LIMIT_MAKER"}


async def test_a_pair_that_would_act_at_once_leaves_nothing(client: Client) -> None:
    await client.buy()

    answer = await client.call("POST", "orderList/oco", **SELL_PAIR | {"belowStopPrice": "41000"})

    assert told(answer, "code") == (-2010,)
    assert len(await client.orders()) == 1


async def test_klines_have_a_thousand_candles_of_history_from_the_first_second(client: Client) -> None:
    for interval, frame_ms in (("1m", 60_000), ("1h", 3_600_000), ("1d", 86_400_000)):
        _, rows = await client.send("GET", f"/api/v3/klines?symbol=ETHUSDT&interval={interval}&limit=1000")

        assert isinstance(rows, list)
        assert len(rows) == 1000
        assert [row[0] for row in rows] == list(range(rows[0][0], rows[0][0] + 1000 * frame_ms, frame_ms))
        assert all(float(row[3]) <= min(float(row[1]), float(row[4])) <= float(row[2]) for row in rows)


async def test_a_held_price_is_what_everything_shows(client: Client) -> None:
    _, price = await client.send("GET", "/api/v3/ticker/price?symbol=BTCUSDT")
    _, rows = await client.send("GET", "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1")
    _, book = await client.send("GET", "/api/v3/depth?symbol=BTCUSDT&limit=5")

    assert price == {"symbol": "BTCUSDT", "price": "40000.00000000"}
    assert isinstance(rows, list)
    assert rows[-1][4] == "40000.00000000"
    assert isinstance(book, dict)
    assert float(book["bids"][0][0]) < 40_000 < float(book["asks"][0][0])


@pytest.fixture
async def narrow() -> AsyncIterator[Client]:
    """A client of a testnet with small limits."""
    options = OPTIONS | {"weight_limit": 30, "order_limit": 2}
    async with Testnet(TestnetOptions(**options)) as testnet, aiohttp.ClientSession() as session:  # type: ignore[arg-type] # as written
        yield Client(testnet, session)


async def test_weight_is_counted_told_and_limited(narrow: Client) -> None:
    async with narrow.session.get(f"{narrow.testnet.url}/api/v3/exchangeInfo") as response:
        used = response.headers["X-MBX-USED-WEIGHT-1M"]
    async with narrow.session.get(f"{narrow.testnet.url}/api/v3/exchangeInfo") as response:
        status, retry, body = response.status, int(response.headers["Retry-After"]), await response.json()

    assert used == "20"
    assert (status, body["code"]) == (429, -1003)
    assert 1 <= retry <= 60


async def test_who_ignores_a_429_is_banned(narrow: Client) -> None:
    statuses = [(await narrow.send("GET", "/api/v3/exchangeInfo"))[0] for _ in range(13)]

    assert statuses == [200, *[429] * 10, 418, 418]


async def test_orders_are_limited_by_themselves(narrow: Client) -> None:
    answers = [await narrow.limit() for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429]
    assert told(answers[2], "code") == (-1015,)
