"""What measurements stand on: a real manager and store in a folder of its own, bots in numbers, and the memory of a process."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import JsonValue

from styrman import BotManagerAsync, Settings
from styrman.config import VenueSettings
from styrman.domain.records import OperationState
from styrman.runtime import GC_THRESHOLDS

PATIENCE_S = 60.0
APPLIED_AT_ONCE = 1000


@asynccontextmanager
async def managed(speed: float = 1.0) -> AsyncIterator[BotManagerAsync]:
    """Run a manager on the built-in market, as an application that embeds it does."""
    with tempfile.TemporaryDirectory() as home:
        market = VenueSettings.model_validate({"adapter": "simulated", "speed": speed, "balances": {"USDT": "1000000000"}})
        settings = Settings(home=Path(home), profile="embedded", venues={"sim": market})
        async with BotManagerAsync(settings) as manager:
            yield manager


def spec(number: int, **more: JsonValue) -> dict[str, JsonValue]:
    """Return the spec of a bot that does nothing, or does what `more` says."""
    idle: dict[str, JsonValue] = {
        "id": f"bot-{number:05d}",
        "strategy": "idle",
        "venue": "sim",
        "instruments": ["BTC/USDT"],
        "capital": "10",
    }
    return idle | more


async def create(manager: BotManagerAsync, count: int, **more: JsonValue) -> None:
    """Create `count` bots, stopped."""
    for first in range(0, count, APPLIED_AT_ONCE):
        await manager.apply_bots([spec(number, **more) for number in range(first, min(first + APPLIED_AT_ONCE, count))])


async def start_all(manager: BotManagerAsync) -> None:
    """Start all bots at once and return when each is RUNNING, durably."""
    operation = await manager.operate("start", everything=True)
    async with asyncio.timeout(PATIENCE_S):
        while operation.state is OperationState.RUNNING:
            await asyncio.sleep(0.01)
            operation = await manager.get_operation(operation.id)
    if operation.state is not OperationState.SUCCEEDED:
        raise RuntimeError(f"not all bots started: {operation}")


def settle_memory() -> None:
    """Collect what is garbage, and then treat the collector as the service does."""
    gc.collect()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.freeze()


def pss_bytes(pid: int | str = "self") -> int:
    """Return the memory of a process: its own pages, and its share of those it has in common with others."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("\nPss:")[1].split()[0]) * 1024
