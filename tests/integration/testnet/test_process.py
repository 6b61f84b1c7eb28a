"""`styrman testnet` as a process: starts, ends cleanly, and with a state file loses nothing that it answered when it is killed."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp

from integration.testnet.conftest import OPTIONS, Client
from styrman.testnet import Testnet, TestnetOptions

PAIR = ("--key", str(OPTIONS["key"]), "--secret", str(OPTIONS["secret"]), "--order-limit", "100000", "--weight-limit", "1000000")
STYRMAN = (sys.executable, "-c", "from styrman.cli.main import run; run()", "testnet", "--port", "0")


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a testnet inside the block; give its first line."""
    with subprocess.Popen([*STYRMAN, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def reached(line: str, state: Path | None = None) -> Testnet:
    """Return what a client needs to know of the testnet that said this line."""
    testnet = Testnet(TestnetOptions(**OPTIONS, state=state))  # type: ignore[arg-type] # as written there
    testnet.url = line.split()[3]
    return testnet


async def trade(client: Client, name: str, acknowledged: set[str], enough: asyncio.Event) -> None:
    """Place orders until the testnet dies; keep the names of those that were answered."""
    for number in range(100_000):
        client_id = f"{name}-{number}"
        status, _ = await (client.buy("0.001", newClientOrderId=client_id) if number % 2 else client.limit(newClientOrderId=client_id))
        assert status == 200
        acknowledged.add(client_id)
        if number >= 15:
            enough.set()


async def test_kill_9_loses_no_order_that_was_answered(tmp_path: Path) -> None:
    state, acknowledged = tmp_path / "testnet.db", set[str]()
    for turn in range(2):
        with running("--state", str(state), *PAIR) as (process, line):
            async with aiohttp.ClientSession() as session:
                client, enough = Client(reached(line), session), asyncio.Event()
                hands = [asyncio.create_task(trade(client, f"t{turn}h{hand}", acknowledged, enough)) for hand in range(4)]
                async with asyncio.timeout(20):
                    await enough.wait()
                process.kill()
                outcomes = await asyncio.gather(*hands, return_exceptions=True)
        assert all(isinstance(outcome, aiohttp.ClientError | ConnectionError) for outcome in outcomes)

    async with Testnet(TestnetOptions(**OPTIONS, state=state)) as testnet, aiohttp.ClientSession() as session:  # type: ignore[arg-type] # as above
        client = Client(testnet, session)
        orders = {str(order["clientOrderId"]): order for order in await client.orders()}
        _, trades = await client.call("GET", "myTrades", symbol="BTCUSDT")
        _, balances = await client.control("GET", "_balances")

    assert len(acknowledged) > 50
    assert acknowledged <= orders.keys()
    assert len(orders) <= len(acknowledged) + 8
    assert isinstance(trades, list)
    assert isinstance(balances, list)
    assert sum(1 for order in orders.values() if order["status"] == "FILLED") == len({trade["orderId"] for trade in trades})
    held = {each["asset"]: float(each["free"]) + float(each["locked"]) for each in balances}
    assert abs(held["BTC"] - sum(float(trade["qty"]) - float(trade["commission"]) for trade in trades)) < 1e-9


async def test_a_made_pair_is_printed_and_sigterm_ends_it_cleanly() -> None:
    began = time.monotonic()
    with running() as (process, line):
        took_s = time.monotonic() - began
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 10)

    words = line.split()
    assert words[:3] == ["testnet", "listens", "on"]
    assert words[4::2] == ["key", "secret"]
    assert len(words[5]) == len(words[7]) == 64
    assert code == 0
    assert took_s < 10  # alone it is a second


async def test_a_given_secret_is_not_printed() -> None:
    with running(*PAIR) as (process, line):
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.wait, 10)

    assert str(OPTIONS["key"]) in line
    assert "secret" not in line


async def test_a_symbol_that_the_source_lacks_is_said_in_one_sentence() -> None:
    with suppress(subprocess.TimeoutExpired):
        ended = await asyncio.to_thread(
            subprocess.run, [*STYRMAN, "--symbols", "NO/SUCH"], capture_output=True, text=True, timeout=30, check=False
        )

    assert ended.returncode == 1
    assert "no NO/SUCH" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_recording_plays_from_now_on(recorded: Path) -> None:
    source = recorded / "candles_1m" / "BTC_USDT_binance_2018-04-28_1m.parquet"
    async with Testnet(TestnetOptions(source=str(source), symbols=(), **OPTIONS)) as testnet, aiohttp.ClientSession() as session:  # type: ignore[arg-type] # as above
        _, rows = await Client(testnet, session).send("GET", "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=500")

    assert isinstance(rows, list)
    assert len(rows) > 200  # the recording has no more before its middle
    assert abs(rows[-1][0] - time.time() * 1000) < 120_000


async def test_orders_rest_and_fill_while_the_testnet_is_down(tmp_path: Path) -> None:
    """The market goes on, and a price in hand stays in hand."""
    options = TestnetOptions(state=tmp_path / "testnet.db", **OPTIONS)  # type: ignore[arg-type] # as above
    async with aiohttp.ClientSession() as session:
        async with Testnet(options) as testnet:
            client = Client(testnet, session)
            await client.hold(40_000)
            await client.limit("39000", newClientOrderId="rests")
        async with Testnet(options) as testnet:
            client = Client(testnet, session)
            status, before = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="rests")
            await client.hold(38_000)
            _, after = await client.call("GET", "order", symbol="BTCUSDT", origClientOrderId="rests")

    assert status == 200
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["status"], after["status"]) == ("NEW", "FILLED")
    assert before["time"] == after["time"]
