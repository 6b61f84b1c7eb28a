"""From a start to RUNNING, durable: bots one by one and in bulk, beside raw sqlite3 that syncs every commit."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.ground import create, managed, settle_memory, start_all
from bench.row import Row, program

BAR_MS, BAR_PER_S = 3.0, 2000.0
ROWS_A_COMMIT = 500


def raw(commits: int, rows: int) -> tuple[float, float]:
    """Return the median of the seconds that one commit takes, and rows a second in groups."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE statuses (number INTEGER PRIMARY KEY, body TEXT)")

        def commit(first: int, size: int) -> float:
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            written = [(number, "x" * 100) for number in range(first, first + size)]
            connection.executemany("INSERT OR REPLACE INTO statuses VALUES (?, ?)", written)
            connection.execute("COMMIT")
            return time.perf_counter() - began

        alone = statistics.median(commit(number, 1) for number in range(commits))
        return alone, rows / sum(commit(first, ROWS_A_COMMIT) for first in range(0, rows, ROWS_A_COMMIT))


async def one_by_one(repeats: int) -> float:
    """Return the median of the seconds that a start takes until its bot is RUNNING."""
    async with managed() as manager:
        await create(manager, 1)
        await manager.start_bot("bot-00000", wait_s=5)
        settle_memory()
        laps = []
        for _ in range(repeats):
            await manager.stop_bot("bot-00000", wait_s=5)
            began = time.perf_counter()
            await manager.start_bot("bot-00000", wait_s=5)
            laps.append(time.perf_counter() - began)
        return statistics.median(laps)


async def in_bulk(count: int) -> float:
    """Return how many bots a second one operation brings to RUNNING."""
    async with managed() as manager:
        await create(manager, 1, strategy="idle")
        await start_all(manager)  # the first one imports the strategy
        await create(manager, count)
        settle_memory()
        began = time.perf_counter()
        await start_all(manager)
        return count / (time.perf_counter() - began)


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    repeats, count, bulks = (30, 1000, 1) if quick else (300, 10_000, 3)
    lap_ms = asyncio.run(one_by_one(repeats)) * 1000
    commit_s, rows_per_s = raw(repeats * 5, count)
    per_s = statistics.median(asyncio.run(in_bulk(count)) for _ in range(bulks))
    alone, grouped = f"a commit of sqlite3 FULL: {commit_s * 1000:.2f} ms", f"sqlite3 FULL in groups: {rows_per_s:,.0f} rows/s"
    return [
        Row("start to RUNNING, durable, p50", alone, f"{lap_ms:.2f} ms", "3 ms", lap_ms <= BAR_MS),
        Row(f"bulk start of {count:,}", grouped, f"{per_s:,.0f} bots/s", "2,000/s", per_s >= BAR_PER_S),
    ]


if __name__ == "__main__":
    program(measure)
