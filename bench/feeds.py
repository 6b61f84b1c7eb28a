"""1,000 bots on 20 symbols of an exchange, through ccxt: how often the exchange is subscribed to, the share of a core, memory per bot.

The exchange is `styrman testnet` in a process of its own. Beside it, bare ccxt.pro watches candles and best prices of the same
symbols, as one bot for each would, and does nothing with them.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bench.ground import pss_bytes, settle_memory, start_all
from bench.row import Row, program

from styrman import BotManagerAsync, Settings
from styrman.config import VenueSettings
from styrman.testnet import Testnet, TestnetOptions
from styrman.venues.exchange.instances import load_ccxt, redirect
from styrman.venues.simulation.universe import UNIVERSE

SYMBOLS = tuple(UNIVERSE)[:20]
TIMEFRAME = "1h"
SPEED = 60.0  # of the market: its prices change several times a second, its hours close every minute
WARM_S = 3.0
BAR_BYTES = 12 * 1024
BAR_TIMES = 1.5  # of what bare ccxt.pro takes for the same streams


@contextmanager
def testnet() -> Iterator[str]:
    """Run a testnet in a process of its own; its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield str(ours.recv())
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection) -> None:
    async def run() -> None:
        async with Testnet(TestnetOptions(symbols=SYMBOLS, speed=SPEED, weight_limit=1_000_000)) as server:
            told.send(server.url)
            await asyncio.Event().wait()

    asyncio.run(run())


@asynccontextmanager
async def managed(url: str) -> AsyncIterator[BotManagerAsync]:
    """Run a manager on a paper venue of the testnet."""
    venue = {"adapter": "ccxt", "exchange": "binance", "base_url": url, "balances": {"USDT": "1000000000"}}
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), profile="embedded", venues={"sim": VenueSettings.model_validate(venue)})
        async with BotManagerAsync(settings) as manager:
            yield manager


async def start(manager: BotManagerAsync, first: int, count: int) -> None:
    """Create and start so many bots, spread over the symbols."""
    for symbol_number, symbol in enumerate(SYMBOLS):
        numbers = [number for number in range(first, first + count) if number % len(SYMBOLS) == symbol_number]
        specs = [
            {
                "id": f"bot-{number:05d}",
                "strategy": "idle",
                "venue": "sim",
                "instruments": [symbol],
                "capital": "10",
                "timeframe": TIMEFRAME,
            }
            for number in numbers
        ]
        if specs:
            await manager.apply_bots(specs)  # type: ignore[arg-type] # JSON values
    await start_all(manager)


async def ours(url: str, bots: int, seconds: float) -> tuple[int, float, float]:
    """Return the subscriptions that the bots made, the share of a core they take, and the bytes of one of them."""
    async with managed(url) as manager:
        await start(manager, 0, len(SYMBOLS))  # what they bring (ccxt, candles, sockets) is shared by all
        await asyncio.sleep(WARM_S)
        settle_memory()
        before = pss_bytes()
        await start(manager, len(SYMBOLS), bots - len(SYMBOLS))
        await asyncio.sleep(1)
        settle_memory()
        taken = (pss_bytes() - before) / (bots - len(SYMBOLS))
        share = await _share(seconds)
        feeds = (await manager.system()).feeds
    return len(feeds), share, taken


async def bare(url: str, seconds: float) -> float:
    """Return the share of a core that ccxt.pro takes for the same streams."""
    ccxt_pro = await load_ccxt()
    options = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
    exchange = ccxt_pro.binance({"options": options})
    redirect(exchange, url)
    await exchange.load_markets()

    async def watch(look: Callable[..., object], *asked: object) -> None:
        while True:
            await look(*asked)  # type: ignore[misc] # ccxt's coroutine

    tasks = [asyncio.create_task(watch(exchange.watch_ohlcv, symbol, TIMEFRAME)) for symbol in SYMBOLS]
    tasks += [asyncio.create_task(watch(exchange.watch_bids_asks, [symbol])) for symbol in SYMBOLS]
    await asyncio.sleep(WARM_S)
    share = await _share(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await exchange.close()
    return share


async def _share(seconds: float) -> float:
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - used) / (time.monotonic() - began)


def _ours(url: str, bots: int, seconds: float) -> tuple[int, float, float]:
    return asyncio.run(ours(url, bots, seconds))


def _bare(url: str, seconds: float) -> float:
    return asyncio.run(bare(url, seconds))


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    bots, seconds = (100, 5.0) if quick else (1000, 30.0)
    with testnet() as url:
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            reference = pool.apply(_bare, (url, seconds))
        with context.Pool(1) as pool:
            feeds, share, taken = pool.apply(_ours, (url, bots, seconds))
    what = f"{bots:,} bots on {len(SYMBOLS)} symbols of an exchange"
    cpu, memory = f"{share:.1%}", f"{taken / 1024:.1f} KiB"
    return [
        Row("subscriptions to candles", what, str(feeds), str(len(SYMBOLS)), feeds == len(SYMBOLS)),
        Row(
            "exchange's streams, share of a core",
            f"bare ccxt.pro, 20 watchers: {reference:.1%}",
            cpu,
            f"{BAR_TIMES} x",
            share <= BAR_TIMES * reference,
        ),
        Row("exchange's bots, memory of one", "what any idle bot may take", memory, "12 KiB", taken <= BAR_BYTES),
    ]


if __name__ == "__main__":
    program(measure)
