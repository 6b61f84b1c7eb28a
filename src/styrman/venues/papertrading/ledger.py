"""What the paper venue writes down beyond what the simulated one does: positions, and how far each instrument's candles were played."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.orders import Fill
from styrman.venues.papertrading.account import Changes, Position
from styrman.venues.simulation import ledger
from styrman.venues.simulation.ledger import Saved
from styrman.venues.simulation.orders import Order

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS positions (instrument TEXT PRIMARY KEY, quantity TEXT NOT NULL, cost TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS played (instrument TEXT PRIMARY KEY, until_ms INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All that the journal holds of an account."""

    saved: Saved
    positions: Mapping[str, Position]
    played: Mapping[str, int]


def load(connection: sqlite3.Connection) -> Kept:
    """Make the tables where they are missing; return what they hold."""
    for statement in _SCHEMA:
        connection.execute(statement)
    positions = connection.execute("SELECT instrument, quantity, cost FROM positions")
    return Kept(
        saved=ledger.load(connection),
        positions={name: Position(Decimal(quantity), Decimal(cost)) for name, quantity, cost in positions},
        played=dict(connection.execute("SELECT instrument, until_ms FROM played").fetchall()),
    )


def save(connection: sqlite3.Connection, happened: Iterable[Order | Fill], changes: Changes, played: Mapping[str, int]) -> None:
    """Write what happened, what it changed of the account, and how far it was played."""
    ledger.save(connection, happened, changes.totals, 0)
    positions = [(name, str(position.quantity), str(position.cost)) for name, position in changes.positions.items()]
    connection.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", positions)
    connection.executemany("INSERT OR REPLACE INTO played VALUES (?, ?)", list(played.items()))
