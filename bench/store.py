"""The store, beside raw sqlite3 that syncs every commit, in the same run: commits one by one, in bulk, at once, and a boot.

python bench/store.py [--url postgresql+psycopg://…] [--commits 1500] [--pairs 20000] [--bots 10000]
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.bots import BotRecord, BotStatus, Observed
from styrman.domain.events import Event, EventKind
from styrman.domain.records import Row
from styrman.domain.spec import parse_spec, spec_hash
from styrman.store.repositories import SqlStore

NOW = datetime.now(UTC)
ROWS_A_COMMIT = 500
UPSERT = """INSERT INTO statuses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bot_id) DO UPDATE SET
    observed = excluded.observed, since = excluded.since, run_id = excluded.run_id, epoch = excluded.epoch, restarts = excluded.restarts"""
APPEND = "INSERT INTO events (kind, name, at, bot_id, actor, reason, fields) VALUES (?, ?, ?, ?, ?, ?, ?)"


def pair(number: int) -> tuple[Row, Row]:
    """What a move of a bot commits: its status and an event."""
    bot_id = f"bot-{number}"
    status = BotStatus(bot_id=bot_id, observed=Observed.RUNNING, since=NOW, run_id="0123456789abcdef", epoch=3, healthy_since=NOW)
    event = Event(kind=EventKind.LIFECYCLE, name="BotStarted", at=NOW, bot_id=bot_id, fields={"from": "STARTING", "to": "RUNNING"})
    return status, event


def quantiles(seconds: list[float]) -> str:
    seconds.sort()
    return f"p50 {seconds[len(seconds) // 2] * 1000:.3f} ms, p99 {seconds[len(seconds) * 99 // 100] * 1000:.3f} ms"


def raw(path: Path, commits: int, pairs: int) -> tuple[str, float]:
    """The same two statements on the same schema by hand: what SQLite and the disk cost alone."""
    upserts = [(f"bot-{n % 1000}", "RUNNING", 0, 1, "0123456789abcdef", 0, 3, 0, 0, "[]", 0, None, None, 1) for n in range(pairs)]
    appends = [("bot.state", "BotStarted", 1, f"bot-{n % 1000}", "styrman", "", '{"from":"STARTING","to":"RUNNING"}') for n in range(pairs)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")

        def commit(part: slice) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(UPSERT, upserts[part])
            connection.executemany(APPEND, appends[part])
            connection.execute("COMMIT")

        single = [timed(commit, slice(n, n + 1)) for n in range(commits)]
        size = ROWS_A_COMMIT // 2
        bulk = sum(timed(commit, slice(n, n + size)) for n in range(0, pairs, size))
    return quantiles(single), pairs / bulk


def timed(work: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


async def awaited(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def chunks(pairs: int) -> Iterator[list[Row]]:
    for first in range(0, pairs, ROWS_A_COMMIT // 2):
        yield [row for number in range(first, first + ROWS_A_COMMIT // 2) for row in pair(number % 1000)]


async def run(settings: Settings, commits: int, pairs: int, bots: int) -> None:
    store = SqlStore(settings, SystemClock())
    print(f"open                                   {await awaited(store.open()) * 1000:.1f} ms")
    single = [await awaited(store.commit(*pair(number % 1000))) for number in range(commits)]
    print(f"status + event, one by one             {quantiles(single)}   (target p50 < 0.4 ms)")
    bulk = await awaited(asyncio.gather(*(store.commit(*rows) for rows in chunks(pairs))))
    print(f"status + event, 500 rows a commit      {pairs / bulk:,.0f} pairs/s   (target 20,000)")
    at_once = await awaited(asyncio.gather(*(store.commit(*pair(number)) for number in range(5000))))
    print(f"status + event, 5,000 commits at once  {5000 / at_once:,.0f} commits/s")
    base = parse_spec({"id": "bot", "strategy": "idle", "venue": "sim", "instruments": ["BTC/USDT"]})
    specs = [replace(base, id=f"bot-{number}") for number in range(bots)]
    records = [
        BotRecord(spec=spec, spec_hash=spec_hash(spec), slot=slot, asked_by="bench", asked_at=NOW, created_at=NOW)
        for slot, spec in enumerate(specs)
    ]
    await store.commit(*records, *(pair(number)[0] for number in range(bots)))
    print(f"boot with {bots:,} bots                  {await awaited(store.boot()) * 1000:.0f} ms   (target 1,000)")
    print(f"writer                                 {store.health()}")
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--commits", type=int, default=1500)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--bots", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(run(Settings.load(home=home, database_url=options.url), options.commits, options.pairs, options.bots))
        if not options.url:
            single, bulk = raw(home / "styrman.db", options.commits, options.pairs)
            print(f"raw sqlite3, one by one                {single}")
            print(f"raw sqlite3, 500 rows a commit         {bulk:,.0f} pairs/s")


if __name__ == "__main__":
    main()
