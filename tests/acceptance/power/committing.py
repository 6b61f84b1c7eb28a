"""What the power-loss test runs: a store that commits intents as the desk does, and says each state once its commit has returned.

Arguments: the home folder, how many intents, and SQLite's level of synchronisation (the planted bug is any but FULL).
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.market import Side
from styrman.domain.orders import Fill, Intent, IntentState, OrderRequest, OrderType
from styrman.domain.records import BotFill, Row
from styrman.ports import RunOrder
from styrman.store import sqlite
from styrman.store.repositories import SqlStore
from styrman.trading.intents import NO_WINDOW, new_client_order_id, new_intent
from styrman.trading.order_events import fill_event, order_event

SENDERS = 8
RUN = RunOrder(bot_id="b1", run_id="r1", epoch=0, generation=1)


def fresh_intent() -> Intent:
    """Return an intent of a bot's market order."""
    name = new_client_order_id()
    request = OrderRequest(client_order_id=name, instrument="BTC/USDT", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(1))
    now = datetime.now(UTC)
    return new_intent(request, RUN, account="sim", at=now, market_at=now, window=NO_WINDOW)


def filled(intent: Intent) -> BotFill:
    """Return the one fill of its order."""
    request, now = intent.request, datetime.now(UTC)
    trade = Fill(
        trade_id=f"t{intent.intent_id}",
        venue_order_id="1",
        client_order_id=request.client_order_id,
        instrument=request.instrument,
        side=request.side,
        price=Decimal(100),
        quantity=request.quantity,
        fee=Decimal(0),
        fee_currency="USDT",
        maker=False,
        market_time=now,
    )
    return BotFill(bot_id=intent.bot_id, intent_id=intent.intent_id, account=intent.account, fill=trade, at=now)


async def send_all(store: SqlStore, numbers: Iterator[int], said: int) -> None:
    """Take intents through their life, and say where each durably is."""
    for _ in numbers:
        intent = fresh_intent()
        for state in (IntentState.SENDING, IntentState.ACKED, IntentState.FILLED):
            intent = intent.move(state, at=datetime.now(UTC))
            rows: list[Row] = [intent, order_event(intent)]
            if state is IntentState.FILLED:
                booked = filled(intent)
                rows = [replace(intent, filled=Decimal(1)), booked, fill_event(booked), order_event(intent)]
            await store.commit(*rows, urgent=True)
            os.write(said, f"{intent.intent_id} {state}\n".encode())


async def main(home: Path, intents: int, synchronous: str) -> None:
    """Commit with several senders at once."""
    mode, _, size = sqlite._WRITER
    sqlite._WRITER = (mode, f"synchronous={synchronous}", size)  # anything but FULL is the planted bug
    store = SqlStore(Settings(home=home), SystemClock())
    await store.open()
    said = os.open(home / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    numbers = iter(range(intents))
    await asyncio.gather(*(send_all(store, numbers, said) for _ in range(SENDERS)))
    await store.close()
    os.close(said)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
