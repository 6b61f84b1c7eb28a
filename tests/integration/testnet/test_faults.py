"""Each kind of fault does what it says, to the requests it is meant for and to no others; the truth stays visible."""

import asyncio
import time

import aiohttp
import pytest

from integration.testnet.conftest import Client
from styrman.testnet import Testnet

ORDER = "/api/v3/order"
LOST = (aiohttp.ClientError, ConnectionError)


async def test_a_dropped_answer_leaves_the_order_in_place(client: Client) -> None:
    await client.fault(kind="drop_answer", method="POST", path=ORDER)

    with pytest.raises(LOST):
        await client.limit(newClientOrderId="lost")

    status, _ = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="lost")
    assert status == 200
    assert [order["clientOrderId"] for order in await client.orders()] == ["lost"]


@pytest.mark.parametrize(("executed", "orders"), [(True, 1), (False, 0)])
async def test_a_reset_strikes_before_or_in_mid_answer(client: Client, executed: bool, orders: int) -> None:  # noqa: FBT001 - by name
    await client.fault(kind="reset", method="POST", path=ORDER, executed=executed)

    with pytest.raises(LOST):
        await client.limit()

    assert len(await client.orders()) == orders


@pytest.mark.parametrize(("executed", "orders"), [(True, 1), (False, 0)])
async def test_an_error_status_says_nothing_about_execution(client: Client, executed: bool, orders: int) -> None:  # noqa: FBT001 - by name
    await client.fault(kind="status", status=503, path=ORDER, executed=executed)

    status, _ = await client.limit()

    assert status == 503
    assert len(await client.orders()) == orders


async def test_a_delayed_answer_is_late_but_the_order_is_not(client: Client) -> None:
    await client.fault(kind="delay_answer", path=ORDER, seconds=0.3)
    began = time.monotonic()

    sending = asyncio.create_task(client.limit())
    async with asyncio.timeout(0.25):
        while not await client.orders():
            pass
    await sending

    assert time.monotonic() - began >= 0.3


async def test_a_duplicated_answer_does_not_reach_the_next_request(client: Client) -> None:
    await client.fault(kind="duplicate", method="POST", path=ORDER)
    status, _ = await client.limit(newClientOrderId="once")

    time_status, told = await client.send("GET", "/api/v3/time")

    assert (status, time_status) == (200, 200)
    assert isinstance(told, dict)
    assert "serverTime" in told
    assert len(await client.orders()) == 1


async def test_nonsense_is_no_json(client: Client) -> None:
    await client.fault(kind="nonsense", path=ORDER)

    with pytest.raises(ValueError, match="Expecting value"):
        await client.limit()

    assert len(await client.orders()) == 1


async def test_a_stale_read_answers_from_before_the_write(client: Client) -> None:
    await client.limit(newClientOrderId="new")
    await client.fault(kind="stale", method="GET", seconds=30)

    read, _ = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="new")
    _, listed = await client.call("GET", "openOrders", symbol="BTCUSDT")
    await client.control("DELETE", "_faults")
    later, _ = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="new")

    assert (read, listed, later) == (400, [], 200)


async def test_a_vanished_order_is_found_nowhere_until_it_comes_back(client: Client) -> None:
    await client.fault(kind="vanish", method="POST", path=ORDER, seconds=0.4)
    await client.buy(newClientOrderId="gone")
    hidden_until = time.monotonic() + 0.4

    read, _ = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="gone")
    lists = [(await client.call("GET", path, symbol="BTCUSDT"))[1] for path in ("openOrders", "allOrders", "myTrades")]

    assert (read, lists) == (400, [[], [], []])
    assert [order["clientOrderId"] for order in await client.orders()] == ["gone"]
    async with asyncio.timeout(5):
        while (await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="gone"))[0] != 200:
            pass
    assert time.monotonic() >= hidden_until - 0.05


async def test_a_skewed_clock_is_told_and_enforced(client: Client) -> None:
    await client.fault(kind="clock_skew", seconds=30)

    _, told = await client.send("GET", "/api/v3/time")
    _, refused = await client.limit()

    assert isinstance(told, dict)
    assert isinstance(refused, dict)
    assert abs(told["serverTime"] - time.time() * 1000 - 30_000) < 1000
    assert refused["code"] == -1021


async def test_an_order_fills_in_parts(client: Client) -> None:
    await client.fault(kind="partial_fill", method="POST", path=ORDER, count=2)

    _, bought = await client.buy("0.03")
    _, rested = await client.limit("41000", quantity="0.03")

    assert isinstance(bought, dict)
    assert isinstance(rested, dict)
    assert (bought["status"], len(bought["fills"])) == ("FILLED", 3)
    assert (rested["status"], rested["executedQty"]) == ("PARTIALLY_FILLED", "0.01000000")


async def test_a_count_is_used_up_and_other_paths_are_left_alone(client: Client) -> None:
    await client.fault(kind="status", status=500, path=ORDER, method="POST", count=2)

    statuses = [(await client.send("GET", "/api/v3/ping"))[0]]
    statuses += [(await client.limit())[0] for _ in range(3)]

    assert statuses == [200, 500, 500, 200]
    assert (await client.control("GET", "_faults"))[1] == []


async def test_chance_repeats_with_its_seed(client: Client) -> None:
    outcomes = []
    for _ in range(2):
        await client.fault(kind="status", path="/api/v3/ping", p=0.5, count=1000, seed=3)
        outcomes.append([(await client.send("GET", "/api/v3/ping"))[0] for _ in range(20)])
        await client.control("DELETE", "_faults")

    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {200, 503}


@pytest.mark.parametrize("body", [{"kind": "explode"}, {"kind": "delay", "when": 3}, {"kind": "delay", "seconds": 0}, ["status"], None])
async def test_an_impossible_fault_is_refused_with_what_is_possible(client: Client, body: object) -> None:
    status, told = await client.control("POST", "_faults", body)

    assert status == 422
    assert isinstance(told, dict)
    assert told["errors"]
    if body == {"kind": "explode"}:
        assert "drop_answer" in told["errors"][0]["allowed"]


async def test_the_log_tells_requests_without_secrets(client: Client) -> None:
    await client.limit(newClientOrderId="logged")

    _, log = await client.control("GET", f"_log?path={ORDER}")

    assert isinstance(log, list)
    assert [(each["method"], each["client_id"], each["status"]) for each in log] == [("POST", "logged", 200)]
    assert client.testnet.secret not in str(log)
    assert client.testnet.key not in str(log)
    assert "signature" not in str(log)


async def test_streams_break_or_fall_silent_on_request(client: Client, testnet: Testnet) -> None:
    address = testnet.url.replace("http", "ws") + "/ws/btcusdt@bookTicker"
    async with client.session.ws_connect(address) as broken, client.session.ws_connect(address) as silent:
        for socket in (broken, silent):
            await socket.receive(timeout=5)
        await client.fault(kind="drop_stream", path="/ws*", silent=True, seconds=0.6)
        while True:  # what was under way before the silence
            try:
                async with asyncio.timeout(0.4):
                    await silent.receive()
            except TimeoutError:
                break
        async with asyncio.timeout(5):
            spoken = await silent.receive()
        await client.fault(kind="drop_stream", path="/ws*")
        async with asyncio.timeout(5):
            while not broken.closed:
                await broken.receive()

    assert spoken.type is aiohttp.WSMsgType.TEXT
