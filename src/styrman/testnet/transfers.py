"""Deposits and withdrawals: made on request, durable with the balance that they change, listed in Binance's words."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from styrman.testnet.parameters import Parameters
from styrman.testnet.symbols import text_of

_LIMIT = 1000
_DEPOSITED, _WITHDRAWN = 1, 6  # Binance's words for one that is complete
SCHEMA = """CREATE TABLE IF NOT EXISTS testnet_transfers (
    number INTEGER PRIMARY KEY, asset TEXT NOT NULL, amount TEXT NOT NULL, at_ms INTEGER NOT NULL)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money that came to the account, or, below zero, left it."""

    number: int
    asset: str
    amount: Decimal
    at_ms: int  # wall


def load(connection: sqlite3.Connection) -> list[Transfer]:
    """Return every transfer there ever was, oldest first."""
    connection.execute(SCHEMA)
    rows = connection.execute("SELECT number, asset, amount, at_ms FROM testnet_transfers ORDER BY number")
    return [Transfer(number=number, asset=asset, amount=Decimal(amount), at_ms=at_ms) for number, asset, amount, at_ms in rows]


def add(connection: sqlite3.Connection, transfer: Transfer) -> None:
    """Write a transfer down."""
    row = (transfer.number, transfer.asset, str(transfer.amount), transfer.at_ms)
    connection.execute("INSERT INTO testnet_transfers VALUES (?, ?, ?, ?)", row)


def listed(transfers: Sequence[Transfer], parameters: Parameters, *, deposits: bool) -> list[dict[str, object]]:
    """Return the deposits, or the withdrawals, that are asked for, the newest first, as Binance has them."""
    coin, since, until = parameters.text("coin"), parameters.integer("startTime") or 0, parameters.integer("endTime")
    chosen = [each for each in reversed(transfers) if (each.amount > 0) is deposits and coin in (None, each.asset)]
    chosen = [each for each in chosen if since <= each.at_ms and (until is None or each.at_ms <= until)]
    first = max(0, parameters.integer("offset") or 0)
    return [_shown(each) for each in chosen[first : first + parameters.limit(_LIMIT, _LIMIT)]]


def _shown(transfer: Transfer) -> dict[str, object]:
    told: dict[str, object] = {
        "id": f"t{transfer.number}",
        "coin": transfer.asset,
        "amount": text_of(abs(transfer.amount)),
        "network": transfer.asset,
        "address": "testnet",
        "addressTag": "",
        "txId": f"testnet-{transfer.number}",
        "transferType": 0,
    }
    if transfer.amount > 0:
        return told | {"status": _DEPOSITED, "insertTime": transfer.at_ms, "completeTime": transfer.at_ms, "confirmTimes": "1/1"}
    at = datetime.fromtimestamp(transfer.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return told | {"status": _WITHDRAWN, "transactionFee": "0", "applyTime": at, "completeTime": at, "info": ""}
