"""300 bots with 20 real indicators each at one candle close: until all have decided, and how long the event loop is held meanwhile."""

import asyncio
import statistics
import time

from bench import twenty
from bench.ground import create, managed, settle_memory, start_all
from bench.row import Row, program

BAR_S, BAR_LAG_MS = 1.0, 20.0
SPEED = 60.0  # a candle of a minute closes every second
STEP_S = 0.001
INSTRUMENT = "BTC/USDT"


async def closes(bots: int, count: int) -> tuple[list[float], list[float]]:
    """Return, for each candle close, the seconds until the last bot had decided, and the lags of all steps meanwhile."""
    async with managed(SPEED) as manager:
        await create(manager, bots, strategy="bench.twenty:Twenty", compute="inline", instruments=[INSTRUMENT])
        await start_all(manager)
        settle_memory()
        twenty.decisions.clear()
        lags: list[tuple[float, float]] = []
        watching = asyncio.create_task(watch(lags))
        await asyncio.sleep((count + 1.5) * 60 / SPEED)
        watching.cancel()
    by_close: dict[float, list[twenty.Decision]] = {}
    for decision in twenty.decisions:
        by_close.setdefault(decision.closed_at, []).append(decision)
    complete = [each for each in by_close.values() if len(each) >= bots]
    closed = [each[0].began - each[0].since_close.total_seconds() / SPEED for each in complete]  # monotonic
    took = [max(decision.ended for decision in each) - at for each, at in zip(complete, closed, strict=True)]
    spans = list(zip(closed, took, strict=True))
    return took, [lag for at, lag in lags if any(began <= at <= began + span for began, span in spans)]


async def watch(lags: list[tuple[float, float]]) -> None:
    """Note by how much each step of a millisecond came late, and when."""
    while True:
        due = time.monotonic() + STEP_S
        await asyncio.sleep(STEP_S)
        lags.append((due, time.monotonic() - due))


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    bots, count = (30, 2) if quick else (300, 25)
    took, lags = asyncio.run(closes(bots, count))
    worst_s, lag_ms = max(took), statistics.quantiles(lags, n=100)[98] * 1000
    name = f"{bots} bots x 20 indicators"
    return [
        Row(f"{name}, all decided", f"the worst of {len(took)} candle closes", f"{worst_s * 1000:.0f} ms", "1,000 ms", worst_s <= BAR_S),
        Row(f"{name}, loop lag p99", "from the close until the last decided", f"{lag_ms:.1f} ms", "20 ms", lag_ms <= BAR_LAG_MS),
    ]


if __name__ == "__main__":
    program(measure)
