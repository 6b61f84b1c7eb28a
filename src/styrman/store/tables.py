"""The tables: one for each type of `Row`, its columns drawn from the fields of the type. Knows no connection.

`migrations/` tells the same schema as history; a test compares the two. What a boot can't do without stands first, because
that is the order in which the integrity check reads.
"""

from sqlalchemy import Index, UniqueConstraint

from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.cash import BotFunding, CashEntry
from styrman.domain.events import Event
from styrman.domain.orders import Intent
from styrman.domain.records import AccountBook, BotFill, BotMemory, CounterPage, EquityPoint, HaltLatch, Holding, Operation, StoredAnswer
from styrman.store.kept import Kept, OnConflict, metadata

__all__ = [
    "ACCOUNTS",
    "ALL",
    "ANSWERS",
    "BOTS",
    "CASH_FLOWS",
    "COUNTERS",
    "EQUITY",
    "EVENTS",
    "FILLS",
    "FUNDING",
    "HALTS",
    "HOLDINGS",
    "INTENTS",
    "MEMORIES",
    "OF_A_BOT",
    "OPERATIONS",
    "STATUSES",
    "metadata",
]

BOTS = Kept(BotRecord, "bots", key=("bot_id",), derived=("bot_id", "spec.id"))
STATUSES = Kept(BotStatus, "statuses", key=("bot_id",))
HALTS = Kept(HaltLatch, "halts", key=("scope",))
MEMORIES = Kept(BotMemory, "memories", key=("bot_id",))
HOLDINGS = Kept(Holding, "holdings", key=("bot_id", "instrument"))
FUNDING = Kept(BotFunding, "funding", key=("bot_id", "instrument"))
ACCOUNTS = Kept(AccountBook, "accounts", key=("account",))
COUNTERS = Kept(CounterPage, "counters", key=("first",))
OPERATIONS = Kept(Operation, "operations", Index("operations_at", "at"), key=("id",))
ANSWERS = Kept(StoredAnswer, "answers", key=("key",))
INTENTS = Kept(
    Intent,
    "intents",
    UniqueConstraint("intent_id", name="intents_intent_id"),
    UniqueConstraint("account", "client_order_id", name="intents_client_order_id"),  # one intent, one order: for ever
    Index("intents_bot", "bot_id", "seq"),
    Index("intents_state", "state", "seq"),
    Index("intents_instrument", "instrument", "seq"),
    Index("intents_account", "account", "seq"),
    key=("intent_id",),
    journal=True,
    inner="request",
)
FILLS = Kept(
    BotFill,
    "fills",
    UniqueConstraint("account", "trade_id", name="fills_trade_id"),
    Index("fills_bot", "bot_id", "seq"),
    Index("fills_instrument", "instrument", "seq"),
    Index("fills_account", "account", "seq"),
    Index("fills_intent", "intent_id"),
    key=("account", "trade_id"),
    on_conflict=OnConflict.IGNORE,
    journal=True,
    inner="fill",
)
CASH_FLOWS = Kept(
    CashEntry,
    "cash_flows",
    UniqueConstraint("account", "id", name="cash_flows_id"),
    Index("cash_flows_account", "account", "seq"),
    key=("account", "id"),
    on_conflict=OnConflict.IGNORE,
    journal=True,
    inner="flow",
)
EQUITY = Kept(EquityPoint, "equity", Index("equity_bot", "bot_id", "at"), journal=True)
EVENTS = Kept(
    Event,
    "events",
    Index("events_bot", "bot_id", "seq"),
    Index("events_kind", "kind", "seq"),
    Index("events_name", "name", "seq"),
    journal=True,
)

OF_A_BOT = (BOTS, STATUSES, MEMORIES, HOLDINGS, FUNDING)  # what goes with a bot that is deleted
ALL: tuple[Kept[object], ...] = (
    *(BOTS, STATUSES, HALTS, MEMORIES, HOLDINGS, FUNDING, ACCOUNTS, COUNTERS, OPERATIONS, ANSWERS),
    *(INTENTS, FILLS, CASH_FLOWS, EQUITY, EVENTS),
)
