"""What the simulated venue writes down, and reads back: orders, fills, balances, and where its market stood. SQL and encoding only."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import TypeAdapter

from styrman.domain.market import to_ms
from styrman.domain.orders import Fill
from styrman.venues.simulation.orders import Order

_ORDERS, _FILLS = TypeAdapter(Order), TypeAdapter(Fill)

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS orders (
        number INTEGER PRIMARY KEY, client_id TEXT NOT NULL, instrument TEXT NOT NULL, created_ms INTEGER NOT NULL,
        is_open INTEGER NOT NULL, body BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS orders_by_client_id ON orders (client_id, number)",
    "CREATE INDEX IF NOT EXISTS orders_by_time ON orders (instrument, created_ms)",
    "CREATE INDEX IF NOT EXISTS orders_open ON orders (number) WHERE is_open",
    "CREATE TABLE IF NOT EXISTS fills (number INTEGER PRIMARY KEY, instrument TEXT NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS fills_by_time ON fills (instrument, at_ms)",
    "CREATE TABLE IF NOT EXISTS balances (currency TEXT PRIMARY KEY, total TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS market (
        only INTEGER PRIMARY KEY CHECK (only = 1), source TEXT NOT NULL, market_ms INTEGER NOT NULL, wall_s REAL NOT NULL,
        speed REAL NOT NULL, played_ms INTEGER NOT NULL)""",
)
_PUT_ORDER = (
    "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET is_open = excluded.is_open, body = excluded.body"
)
_PUT_ANCHOR = """
INSERT INTO market VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (only) DO UPDATE SET
    played_ms = CASE WHEN source = excluded.source THEN played_ms ELSE excluded.played_ms END,
    source = excluded.source, market_ms = excluded.market_ms, wall_s = excluded.wall_s, speed = excluded.speed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where the market stood at a wall time, and how fast it ran from there (0: it stood)."""

    source: str
    market_ms: int
    wall_s: float
    speed: float

    def market_at(self, wall_s: float) -> int:
        """Return where the market has got to by now; never back where the wall clock went back."""
        return self.market_ms + round(max(0.0, wall_s - self.wall_s) * self.speed * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """All that the journal holds of what still works. `played_ms`: up to here orders have been matched."""

    anchor: Anchor | None
    played_ms: int
    balances: Mapping[str, Decimal]
    open_orders: Sequence[Order]
    last_order: int
    last_fill: int


def load(connection: sqlite3.Connection) -> Saved:
    """Make the tables where they are missing; return what they hold."""
    for statement in _SCHEMA:
        connection.execute(statement)
    row = connection.execute("SELECT source, market_ms, wall_s, speed, played_ms FROM market").fetchone()
    return Saved(
        anchor=row and Anchor(source=row[0], market_ms=row[1], wall_s=row[2], speed=row[3]),
        played_ms=row[4] if row else 0,
        balances={currency: Decimal(total) for currency, total in connection.execute("SELECT currency, total FROM balances")},
        open_orders=_orders(connection, "WHERE is_open ORDER BY number"),
        last_order=_highest(connection, "orders"),
        last_fill=_highest(connection, "fills"),
    )


def save_anchor(connection: sqlite3.Connection, anchor: Anchor) -> None:
    """Write where the market stands. On another market than before nothing has been played yet."""
    row = (anchor.source, anchor.market_ms, anchor.wall_s, anchor.speed, anchor.market_ms)
    connection.execute(_PUT_ANCHOR, row)


def save(connection: sqlite3.Connection, happened: Iterable[Order | Fill], balances: Mapping[str, Decimal], played_ms: int) -> None:
    """Write what happened, and the balances that it changed."""
    for happening in happened:
        if isinstance(happening, Fill):
            row = (int(happening.trade_id), happening.instrument, to_ms(happening.market_time), _FILLS.dump_json(happening))
            connection.execute("INSERT INTO fills VALUES (?, ?, ?, ?)", row)
        else:
            connection.execute(_PUT_ORDER, _order_row(happening))
    connection.executemany("INSERT OR REPLACE INTO balances VALUES (?, ?)", [(name, str(total)) for name, total in balances.items()])
    connection.execute("UPDATE market SET played_ms = ?", (played_ms,))


def order_by_number(connection: sqlite3.Connection, number: int) -> Order | None:
    """Return one order."""
    return next(iter(_orders(connection, "WHERE number = ?", number)), None)


def newest_order(connection: sqlite3.Connection, instrument: str, client_id: str) -> Order | None:
    """Return the newest order with a client id."""
    found = _orders(connection, "WHERE client_id = ? AND instrument = ? ORDER BY number DESC LIMIT 1", client_id, instrument)
    return next(iter(found), None)


def orders_since(connection: sqlite3.Connection, instrument: str, since_ms: int) -> Sequence[Order]:
    """Return an instrument's orders made since a market time, oldest first."""
    return _orders(connection, "WHERE instrument = ? AND created_ms >= ? ORDER BY number", instrument, since_ms)


def all_orders(connection: sqlite3.Connection) -> Sequence[Order]:
    """Return every order there ever was, oldest first."""
    return _orders(connection, "ORDER BY number")


def fills_since(connection: sqlite3.Connection, instrument: str, since_ms: int) -> Sequence[Fill]:
    """Return an instrument's fills since a market time, oldest first."""
    rows = connection.execute("SELECT body FROM fills WHERE instrument = ? AND at_ms >= ? ORDER BY number", (instrument, since_ms))
    return [_FILLS.validate_json(body) for (body,) in rows]


def _order_row(order: Order) -> tuple[object, ...]:
    request = order.request
    return order.number, request.client_order_id, request.instrument, order.created_ms, order.is_open, _ORDERS.dump_json(order)


def _orders(connection: sqlite3.Connection, clause: str, *values: object) -> Sequence[Order]:
    rows = connection.execute(f"SELECT body FROM orders {clause}", values)  # noqa: S608 - the clauses stand above, values are bound
    return [_ORDERS.validate_json(body) for (body,) in rows]


def _highest(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(number), 0) FROM {table}").fetchone()[0])  # noqa: S608 - the two tables above
