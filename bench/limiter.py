"""What an acquire of the limiter costs, with few and with many who wait at any time, beside a bare asyncio.Semaphore."""

import asyncio
import time

from bench.row import Row, program

from styrman.clock import SystemClock
from styrman.market.limiter import Budget
from styrman.ports import Limit, Priority

BAR_US = 5.0
GRANTED_AT_ONCE = 100  # or half of them, where fewer wait


class EagerClock(SystemClock):
    """A clock on which a wait for a budget is over at the next turn of the loop: what is left is the limiter's own time."""

    def __init__(self) -> None:
        self._slept_s = 0.0

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self._slept_s

    async def sleep(self, delay_s: float) -> None:
        """Return at the next turn of the loop."""
        self._slept_s += max(0.0, delay_s)
        await asyncio.sleep(0)


async def budget_us(waiters: int, each: int) -> float:
    """Return the microseconds of one acquire where all but those of one span wait, queue and wake-up included."""
    budget = Budget(EagerClock(), Limit(min(GRANTED_AT_ONCE, waiters // 2), 60.0))

    async def spend() -> None:
        for _ in range(each):
            await budget.acquire(1, Priority.CANCEL)

    return await timed_us([asyncio.create_task(spend()) for _ in range(waiters)], each)


async def semaphore_us(waiters: int, each: int) -> float:
    """Return the microseconds of one acquire and release of a semaphore as often waited for."""
    semaphore = asyncio.Semaphore(min(GRANTED_AT_ONCE, waiters // 2))

    async def spend() -> None:
        for _ in range(each):
            async with semaphore:
                await asyncio.sleep(0)

    return await timed_us([asyncio.create_task(spend()) for _ in range(waiters)], each)


async def timed_us(tasks: list[asyncio.Task[None]], each: int) -> float:
    began = time.process_time()
    await asyncio.gather(*tasks)
    return (time.process_time() - began) / (len(tasks) * each) * 1e6


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    rows = []
    for waiters in (10, 10_000):
        each = (2_000 if quick else 50_000) // waiters or 2
        ours, reference = (min(asyncio.run(cost(waiters, each)) for _ in range(3)) for cost in (budget_us, semaphore_us))
        what, compared = f"limiter, an acquire among {waiters:,}", f"asyncio.Semaphore: {reference:.1f} µs"
        rows.append(Row(what, compared, f"{ours:.1f} µs", f"{BAR_US:.0f} µs", ours <= BAR_US))
    return rows


if __name__ == "__main__":
    program(measure)
