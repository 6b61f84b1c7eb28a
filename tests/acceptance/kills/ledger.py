"""What the journal says against what the exchange holds, read while the process is dead: nothing moves."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from styrman.domain.orders import IntentState

_S = IntentState
NEVER_PLACED = {_S.NOT_PLACED, _S.REJECTED, _S.DENIED}
TAKEN_OFF = {_S.CANCELED, _S.EXPIRED}  # which of the two an exchange says depends on whom one asks
FINAL_AS = {"FILLED": {_S.FILLED}, "CANCELED": TAKEN_OFF, "EXPIRED": TAKEN_OFF}


@dataclass(frozen=True, slots=True)
class Written:
    """An intent as the journal has it."""

    client_order_id: str
    state: IntentState
    quantity: Decimal
    filled: Decimal
    bot_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """An order as the exchange has it."""

    client_order_id: str
    status: str
    executed: Decimal


@dataclass(frozen=True, slots=True)
class Journal:
    """What the home folder's database holds."""

    intents: Mapping[str, Written]
    trades: frozenset[str]

    @property
    def unresolved(self) -> list[Written]:
        """The intents whose outcome is not known."""
        return [each for each in self.intents.values() if each.state in (_S.PREPARED, _S.SENDING, _S.UNKNOWN)]


def read_journal(home: Path) -> Journal:
    """Return what a dead process left, without touching it."""
    copy = home.with_suffix(".copy")
    copy.mkdir(exist_ok=True)
    for name in ("styrman.db", "styrman.db-wal"):
        (copy / name).unlink(missing_ok=True)
        if (home / name).exists():
            shutil.copyfile(home / name, copy / name)
    with closing(sqlite3.connect(copy / "styrman.db")) as database:
        rows = database.execute("SELECT client_order_id, state, quantity, filled, bot_id FROM intents").fetchall()
        trades = database.execute("SELECT trade_id FROM fills").fetchall()
    intents = [Written(name, _S(state), Decimal(quantity), Decimal(filled), bot) for name, state, quantity, filled, bot in rows]
    return Journal({each.client_order_id: each for each in intents}, frozenset(trade for (trade,) in trades))


def differences(journal: Journal, orders: Iterable[Held]) -> Iterator[str]:
    """Yield what must not be, at any moment: an order lost, one sent twice, one that the journal rules out."""
    seen: set[str] = set()
    for order in orders:
        written = journal.intents.get(order.client_order_id)
        if order.client_order_id in seen:
            yield f"DOUBLE: {order.client_order_id} is at the exchange more than once"
        seen.add(order.client_order_id)
        if written is None:
            yield f"LOST: {order.client_order_id} ({order.status}) is at the exchange and not in the journal"
        elif written.state in NEVER_PLACED or written.state is _S.PREPARED:
            yield f"LOST: {order.client_order_id} ({order.status}) is at the exchange, and {written.state} in the journal"
        elif written.filled > order.executed:
            yield f"INVENTED: {order.client_order_id} filled {order.executed}, and {written.filled} in the journal"
        elif written.state is _S.FILLED and order.status != "FILLED":
            yield f"INVENTED: {order.client_order_id} is {order.status}, and FILLED in the journal"


def leftovers(journal: Journal, orders: Iterable[Held]) -> Iterator[str]:
    """Yield what must not be once everything has come to rest: an intent without an outcome, an order that the journal is behind of."""
    for intent in journal.unresolved:
        yield f"STUCK: {intent.client_order_id} of {intent.bot_id} is {intent.state}"
    for order in orders:
        written = journal.intents.get(order.client_order_id)
        if written is None:
            continue
        if order.status in FINAL_AS and written.state not in FINAL_AS[order.status]:
            yield f"BEHIND: {order.client_order_id} is {order.status}, and {written.state} in the journal"
        if written.filled != order.executed:
            yield f"BEHIND: {order.client_order_id} filled {order.executed}, and {written.filled} in the journal"
