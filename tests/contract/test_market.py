"""What shared market data promises over a real venue: the simulated one, on a market that a test scripts and on recorded candles."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from contract.scripted_venue import CANDLE_S, SimulatedHarness
from styrman.clock import SystemClock
from styrman.domain.market import to_ms
from styrman.market.hub import MarketHub
from styrman.ports import MarketData
from styrman.venues.simulated import SimulatedVenue

MINUTE_MS = 60_000


class Reader:
    """Reads each candle that closes, in its own task, one turn of the loop after it was told."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self._busy = False

    def candle_closed(self, closed_at: datetime) -> None:
        self._busy = True
        asyncio.get_running_loop().call_soon(self._read, to_ms(closed_at) - MINUTE_MS)

    def is_busy(self) -> bool:
        return self._busy

    def _read(self, time: int) -> None:
        self.times.append(time)
        self._busy = False


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[SimulatedHarness]:
    harness = SimulatedHarness(tmp_path / "venues" / "sim")
    await harness.open()
    yield harness
    await harness.venue.close()


@pytest.fixture
async def market(harness: SimulatedHarness) -> AsyncIterator[MarketData]:
    hub = MarketHub({"sim": harness.venue}, harness.clock)
    yield hub
    await hub.close()


async def test_a_series_holds_the_window_and_tells_of_each_close(harness: SimulatedHarness, market: MarketData) -> None:
    readers = [Reader() for _ in range(3)]
    series = await market.acquire("sim", harness.instrument, "1m", window=50)
    for reader in readers:
        series.listen(reader)
    held = len(series.tail(1000))
    await harness.wait(5 * CANDLE_S)
    await harness.move("105")
    last = series.tail(50)

    assert held >= 50
    assert set(np.diff(last.time)) == {MINUTE_MS}
    assert last.close[-1] == 105
    assert readers[0].times == list(last.time[-len(readers[0].times) :])
    assert len(readers[0].times) >= 6
    assert readers[0].times == readers[1].times == readers[2].times
    await market.release(series)


async def test_time_frames_of_an_instrument_are_series_of_their_own(harness: SimulatedHarness, market: MarketData) -> None:
    minutes = await market.acquire("sim", harness.instrument, "1m", window=10)
    quarters = await market.acquire("sim", harness.instrument, "15m", window=10)
    await harness.wait(16 * CANDLE_S)

    assert set(np.diff(minutes.tail(10).time)) == {MINUTE_MS}
    assert set(np.diff(quarters.tail(10).time)) == {15 * MINUTE_MS}
    assert {health.timeframe for health in market.health()} == {"1m", "15m"}


async def test_the_ticker_follows_the_market(harness: SimulatedHarness, market: MarketData) -> None:
    seen: list[object] = []
    stop = market.watch("sim", seen.append)
    await market.acquire("sim", harness.instrument, "1m", window=1)
    await harness.move("120")
    ticker = market.ticker("sim", harness.instrument)

    assert ticker is not None
    assert round(ticker.last) == 120
    assert seen[-1] is ticker
    stop()


async def test_a_recorded_market_as_fast_as_it_is_read_loses_nothing(recorded: Path, tmp_path: Path) -> None:
    source = str(recorded / "candles_1m" / "XRP_ETH_2019-10_1m_gappy.parquet")
    venue = SimulatedVenue("sim", {"source": source, "speed": "max", "repeat": False}, folder=tmp_path, clock=SystemClock())
    await venue.open()
    hub, reader = MarketHub({"sim": venue}, SystemClock()), Reader()
    series = await hub.acquire("sim", "XRP/ETH", "1m", window=100)
    series.listen(reader)
    async with asyncio.timeout(20):
        while len(reader.times) < 500:  # noqa: ASYNC110 - the market runs beside us
            await asyncio.sleep(0)
    told, whole = list(reader.times), series.tail(100)
    health = hub.health()[0]
    await hub.close()
    await venue.close()

    assert set(np.diff(told)) == {MINUTE_MS}
    assert set(np.diff(whole.time)) == {MINUTE_MS}
    assert health.gaps_filled > 0
    assert health.late_ignored == 0
