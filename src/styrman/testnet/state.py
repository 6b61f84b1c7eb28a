"""What a testnet writes beside the account: when its market opened, how its time runs against the wall's, and which prices are held."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import TypeAdapter

from styrman.domain.orders import Fill
from styrman.venues.simulation import ledger
from styrman.venues.simulation.orders import Order

_FILLS = TypeAdapter(Fill)
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS testnet_opening (
        only INTEGER PRIMARY KEY CHECK (only = 1), source TEXT NOT NULL, opened_ms INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS testnet_spans (market_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, speed REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS testnet_holds (instrument TEXT NOT NULL, at_ms INTEGER NOT NULL, price TEXT NOT NULL)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment on, market time ran so many times as fast as the wall's."""

    market_ms: int
    wall_ms: int
    speed: float

    def wall_at(self, market_ms: int) -> int:
        """Return the wall time of a market time in this span."""
        return self.wall_ms + round((market_ms - self.market_ms) / self.speed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A price taken into hand."""

    instrument: str
    at_ms: int
    price: Decimal


def opening(connection: sqlite3.Connection, source: str, now_ms: int) -> int:
    """Return when the market of this source opened, wall time; that is now where it has not opened yet."""
    for statement in _SCHEMA:
        connection.execute(statement)
    row = connection.execute("SELECT opened_ms FROM testnet_opening WHERE source = ?", (source,)).fetchone()
    if row is not None:
        return int(row[0])
    connection.execute("INSERT OR REPLACE INTO testnet_opening VALUES (1, ?, ?)", (source, now_ms))
    connection.execute("DELETE FROM testnet_holds")
    return now_ms


def add_span(connection: sqlite3.Connection, span: Span) -> Sequence[Span]:
    """Write a span down; return all, oldest first."""
    connection.execute("INSERT INTO testnet_spans VALUES (?, ?, ?)", (span.market_ms, span.wall_ms, span.speed))
    rows = connection.execute("SELECT market_ms, wall_ms, speed FROM testnet_spans ORDER BY rowid")
    return [Span(market_ms=market_ms, wall_ms=wall_ms, speed=speed) for market_ms, wall_ms, speed in rows]


def add_hold(connection: sqlite3.Connection, hold: Hold) -> None:
    """Write a held price down."""
    connection.execute("INSERT INTO testnet_holds VALUES (?, ?, ?)", (hold.instrument, hold.at_ms, str(hold.price)))


def holds(connection: sqlite3.Connection) -> Sequence[Hold]:
    """Return the held prices, oldest first."""
    rows = connection.execute("SELECT instrument, at_ms, price FROM testnet_holds ORDER BY rowid")
    return [Hold(instrument=instrument, at_ms=at_ms, price=Decimal(price)) for instrument, at_ms, price in rows]


def everything(connection: sqlite3.Connection) -> tuple[Sequence[Order], Sequence[Fill]]:
    """Return every order and every fill there ever was, oldest first."""
    fills = connection.execute("SELECT body FROM fills ORDER BY number")
    return ledger.all_orders(connection), [_FILLS.validate_json(body) for (body,) in fills]
