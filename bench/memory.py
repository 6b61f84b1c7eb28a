"""Memory per idle bot: what 10,000 running bots add to a process, beside what 10,000 sleeping tasks add to it before."""

import asyncio
import multiprocessing
from collections.abc import Callable, Coroutine

from bench.ground import create, managed, pss_bytes, settle_memory, start_all
from bench.row import Row, program

BAR_BYTES = 12 * 1024


async def sleeping(count: int) -> float:
    """Return the bytes that a sleeping task takes."""
    settle_memory()
    before = pss_bytes()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
    await asyncio.sleep(0)
    settle_memory()
    taken = pss_bytes() - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return taken / count


async def running(count: int) -> float:
    """Return the bytes that a running bot takes. One bot runs before: what it brings (strategies, candles) is shared by all."""
    async with managed() as manager:
        await create(manager, 1)
        await start_all(manager)
        settle_memory()
        before = pss_bytes()
        await create(manager, count)
        await start_all(manager)
        await asyncio.sleep(2)
        settle_memory()
        return (pss_bytes() - before) / count


def apart(herd: Callable[[int], Coroutine[None, None, float]], count: int) -> float:
    """Measure in a new process: what another measurement left free would be taken first, and not be seen."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (herd, count))


def _run(herd: Callable[[int], Coroutine[None, None, float]], count: int) -> float:
    return asyncio.run(herd(count))


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    count = 1000 if quick else 10_000
    bot, task = apart(running, count), apart(sleeping, count)
    return [
        Row(
            f"memory per idle bot, of {count:,}",
            f"a sleeping task: {task / 1024:.1f} KiB",
            f"{bot / 1024:.1f} KiB",
            "12 KiB",
            bot <= BAR_BYTES,
        )
    ]


if __name__ == "__main__":
    program(measure)
