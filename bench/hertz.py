"""10,000 bots that run a cycle each second: the share of a core they take, and how late they are.

Beside bare tasks that sleep as long, in processes of their own before and after.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.ground import create, managed, settle_memory, start_all
from bench.row import Row, program

from styrman.manager.stats import SAMPLES_KEPT

WARM_S = 2.0
BAR_SHARE, BAR_LATE_MS = 0.30, 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a herd costs and how late it is."""

    share: float  # of a core, all threads
    late_ms: float  # p99


def bare(count: int, seconds: float) -> Load:
    """Measure tasks that do nothing but sleep until their next second."""
    return asyncio.run(_bare(count, seconds))


async def _bare(count: int, seconds: float) -> Load:
    late: list[float] = []

    async def one(phase: float) -> None:
        due = time.monotonic() + phase
        while True:
            await asyncio.sleep(due - time.monotonic())
            late.append(time.monotonic() - due)
            due += 1.0

    tasks = [asyncio.create_task(one(number / count)) for number in range(count)]
    settle_memory()
    await asyncio.sleep(WARM_S)
    late.clear()
    share = await _share(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Load(share, statistics.quantiles(late, n=100)[98] * 1000)


def ours(count: int, seconds: float) -> Load:
    """Measure bots."""
    return asyncio.run(_ours(count, seconds))


async def _ours(count: int, seconds: float) -> Load:
    async with managed() as manager:
        await create(manager, count, cycle={"every_s": 1.0})
        await start_all(manager)
        settle_memory()
        window_s = SAMPLES_KEPT / count  # the manager keeps the lateness of its last cycles: this many seconds of them
        await asyncio.sleep(WARM_S + window_s)
        late: list[float] = []

        async def watch() -> None:
            while True:
                await asyncio.sleep(window_s)
                late.append((await manager.system()).lateness_p99_ms)

        watching = asyncio.create_task(watch())
        share = await _share(seconds)
        watching.cancel()
        return Load(share, statistics.mean(late))


async def _share(seconds: float) -> float:
    cpu, began = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.monotonic() - began)


def apart(herd: Callable[[int, float], Load], count: int, seconds: float) -> Load:
    """Measure a herd in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(herd, (count, seconds))


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    count, seconds = (5000, 3.5) if quick else (10_000, 10.0)
    before, bots, after = (apart(herd, count, seconds) for herd in (bare, ours, bare))
    share, late_ms = (before.share + after.share) / 2, (before.late_ms + after.late_ms) / 2
    name = f"{count:,} bots at 1 Hz"
    sleeping, taken = f"tasks that sleep: {share:.0%}", f"{bots.share:.0%} ({bots.share / share:.1f} x)"
    return [
        Row(f"{name}, share of a core", sleeping, taken, "30 %", bots.share <= BAR_SHARE),
        Row(f"{name}, p99 late", f"tasks that sleep: {late_ms:.1f} ms", f"{bots.late_ms:.1f} ms", "10 ms", bots.late_ms <= BAR_LATE_MS),
    ]


if __name__ == "__main__":
    program(measure)
