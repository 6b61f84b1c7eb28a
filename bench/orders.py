"""Decide, journal, send: from the end of a decision until the venue is asked for the order, with everything durable in between."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from bench.ground import PATIENCE_S, managed, spec
from bench.row import Row, program
from pydantic import JsonValue

from styrman import Context, Plan
from styrman.domain.orders import OrderReport, OrderRequest
from styrman.ports import Gate
from styrman.venues.simulated import SimulatedVenue

BAR_MS = 1.0
REST_S = 0.005
CYCLE_S = 0.05
SPEED = 60.0  # enough volume a second for all that is ordered
TARGETS = (0.2, 0.6)
create_order = SimulatedVenue.create_order


class Trade:
    """One bot that changes its mind at every cycle, and how long each order was on its way to the venue."""

    def __init__(self, orders: int) -> None:
        self.laps: list[float] = []
        self.done = asyncio.Event()
        self._wanted = orders
        self._decisions = 0
        self._decided_at = 0.0
        self._sent_at = 0.0

    async def main(self, ctx: Context) -> Plan:
        """Want the other share of the equity once the last order has been through for a while, its fills journaled too."""
        del ctx
        if time.perf_counter() - self._sent_at > REST_S:
            self._decisions += 1
        plan = Plan({"BTC/USDT": TARGETS[self._decisions % 2]})
        self._decided_at = time.perf_counter()
        return plan

    def sent(self) -> None:
        """Note that an order has come to the venue."""
        self._sent_at = time.perf_counter()
        self.laps.append(self._sent_at - self._decided_at)
        if len(self.laps) >= self._wanted:
            self.done.set()


async def laps(orders: int) -> list[float]:
    """Return the seconds that each order was on its way."""
    trade = Trade(orders)

    async def timed(venue: SimulatedVenue, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        trade.sent()
        return await create_order(venue, request, stamp=stamp, not_after=not_after, gate=gate)

    with patch.object(SimulatedVenue, "create_order", timed):
        async with managed(SPEED) as manager:
            manager.register("trade", trade.main)
            bot: dict[str, JsonValue] = {"capital": "1000", "cycle": {"every_s": CYCLE_S}, "risk": {"max_orders_per_minute": 10_000}}
            await manager.create_bot({**spec(0), **bot, "strategy": None, "main": "trade"})
            await manager.start_bot("bot-00000", wait_s=5)
            async with asyncio.timeout(PATIENCE_S):
                await trade.done.wait()
    return trade.laps


def paced_commits(commits: int) -> list[float]:
    """Return the seconds of bare commits of what an order commits, as far apart as the bot's orders: a disk that rested wakes up slowly."""
    took = []
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        for table in ("intents", "events", "memories"):
            connection.execute(f"CREATE TABLE {table} (seq INTEGER PRIMARY KEY, name TEXT UNIQUE, bot TEXT, state TEXT, body TEXT)")
            connection.execute(f"CREATE INDEX {table}_bot ON {table} (bot, seq)")
            connection.execute(f"CREATE INDEX {table}_state ON {table} (state, seq)")
        for number in range(commits):
            time.sleep(CYCLE_S)
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            for table in ("intents", "events", "memories"):
                row = (f"name {number}", "b1", f"state {number % 7}", "x" * 400)
                connection.execute(f"INSERT INTO {table} (name, bot, state, body) VALUES (?, ?, ?, ?)", row)  # noqa: S608 - our own names
            connection.execute("COMMIT")
            took.append(time.perf_counter() - began)
    return took


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    orders = 20 if quick else 200
    found = asyncio.run(laps(orders))
    commit_ms = statistics.median(paced_commits(orders // 2)) * 1000
    p50_ms = statistics.median(found) * 1000
    reference = f"sqlite3, a commit at that pace: {commit_ms:.2f} ms"
    return [Row("decide, journal, send, p50 of one order", reference, f"{p50_ms:.2f} ms", "1 ms", p50_ms <= BAR_MS)]


if __name__ == "__main__":
    program(measure)
