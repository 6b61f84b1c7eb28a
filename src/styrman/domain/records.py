"""What the store keeps beside bots, intents and events: books, latches, memory, operations. One value is one row.

`Row` is every value that `ports.Store.commit` takes; the value's type says which table, its key fields which row.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import JsonValue

from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.cash import BotFunding, CashEntry
from styrman.domain.events import Event
from styrman.domain.orders import Fill, Intent

SYSTEM_SCOPE = "system"


def account_scope(account: str) -> str:
    """Return the scope of a latch on an account."""
    return f"account:{account}"


def bot_scope(bot_id: str) -> str:
    """Return the scope of a latch on one bot."""
    return f"bot:{bot_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRemoved:
    """The bot is deleted: record, status, memory, holdings and funding go; its events, intents, fills and cash entries stay."""

    bot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLatch:
    """A halt of everything, an account or a bot. Key: scope. Lifting it is a row too, with `closed` false."""

    scope: str  # SYSTEM_SCOPE, account_scope(...) or bot_scope(...)
    closed: bool
    at: datetime
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLatch:
    """A target made a quantity, once. Plain values: it lies inside `BotMemory.latches`.

    `flat` says that a protection, a flatten or a person closed the instrument; it stays flat until the target differs from
    `target` or an operator resumes.
    """

    target: float | None  # the fraction it was made from; None: latched flat with no target ever seen
    quantity: Decimal  # the position wanted, base, signed
    flat: str = ""  # why it is latched flat; "" where it is not
    forced: bool = False  # a person set the quantity: it stands until the target changes, whatever the rebalance threshold says


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A position's protection and what it has to remember. Lies inside `BotMemory.guards`."""

    stop: float | None
    take_profit: float | None
    trailing: float | None
    time_limit_s: float | None
    best_price: Decimal | None = None  # best price since entry, for the trailing stop
    touched: str = ""  # which barrier was touched, from then until the position is flat


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMemory:
    """What a bot remembers across runs. Key: bot_id. Written in the record phase of a cycle that changed it."""

    bot_id: str
    state: dict[str, JsonValue] = field(default_factory=dict)  # the strategy's own
    latches: dict[str, TargetLatch] = field(default_factory=dict)  # by instrument
    spent: tuple[str, ...] = ()  # keys of filled working orders that the Plan still names
    traded: dict[str, Decimal] = field(default_factory=dict)  # base that ended orders traded, by the keys that the Plan still names
    guards: dict[str, Guard] = field(default_factory=dict)  # by instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A bot's book in one instrument, the sum of its fills. Key: (bot_id, instrument)."""

    bot_id: str
    instrument: str
    quantity: Decimal = Decimal(0)  # base; negative: short
    cost: Decimal = Decimal(0)  # quote; what the open quantity cost, signed like the quantity
    realized_pnl: Decimal = Decimal(0)  # quote; of closed parts, fees taken off
    fees: Decimal = Decimal(0)  # quote; all fees ever paid in base or quote
    other_fees: dict[str, Decimal] = field(default_factory=dict)  # by currency; all fees ever paid in any other (BNB on Binance)
    opened_at: datetime | None = None  # market time at which it left zero

    @property
    def average_price(self) -> Decimal:
        """Average entry price of the open quantity; zero when flat."""
        return self.cost / self.quantity if self.quantity else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFill:
    """A fill in a bot's book. Key: (account, fill.trade_id); a second one with the same key is ignored."""

    bot_id: str
    intent_id: str
    account: str
    fill: Fill
    at: datetime  # wall time at which we learnt of it


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """A bot's equity at one moment. Append only."""

    bot_id: str
    at: datetime  # wall
    market_at: datetime
    equity: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPage:
    """Cycle counts and last-cycle times of the bots in slots [first, first + n). Key: first. `body` is the packed arrays."""

    first: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """What an account holds beside its bots' books. Key: account. By asset: a currency, or a swap by its instrument's name.

    A swap counts here as if it had been paid for: what it cost is off its settlement currency. So what two books hold against
    each other sums up whatever the venue nets, and a position moves between books as any other does.
    """

    account: str
    external: dict[str, Decimal]
    settled: dict[str, Decimal] = field(default_factory=dict)  # what deleted bots' books left behind
    drift: dict[str, Decimal] = field(default_factory=dict)  # told, and neither accepted nor gone by itself yet
    made_on: dict[str, str] = field(default_factory=dict)  # whose money it was, and where, when the books began (`manager.grounds`)
    flows_since: datetime | None = None  # market time from which on the venue is asked for cash flows; None: it never was
    at: datetime


class OperationState(StrEnum):
    """How far a tracked operation is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # finished, and at least one bot failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A command over many bots, or a long one over one. Key: id. `done` counts bots that have arrived; `failed` those that can't."""

    id: str
    action: str
    actor: str
    reason: str
    at: datetime
    state: OperationState = OperationState.RUNNING
    total: int = 0
    done: int = 0
    failed: int = 0
    errors: dict[str, str] = field(default_factory=dict)  # bot id to the reason, the first hundred
    finished_at: datetime | None = None

    def count(self, *, done: int = 0, errors: dict[str, str] | None = None) -> Self:
        """Return it with more bots arrived or failed."""
        errors = errors or {}
        kept = dict(list((self.errors | errors).items())[:100])
        return replace(self, done=self.done + done, failed=self.failed + len(errors), errors=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer to a request with an Idempotency-Key. Key: key. Pruned after a day."""

    key: str
    request_hash: str
    status: int
    headers: dict[str, str]
    body: bytes
    at: datetime


Row = (
    BotRecord
    | BotStatus
    | BotRemoved
    | BotMemory
    | Holding
    | Intent
    | BotFill
    | BotFunding
    | CashEntry
    | HaltLatch
    | Event
    | EquityPoint
    | CounterPage
    | AccountBook
    | Operation
    | StoredAnswer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableBot:
    """A stored bot that can't be used: another version wrote it, or its venue is gone. Its rows stay; its id and slot are taken."""

    bot_id: str
    slot: int
    error: str  # why it can't be used


@dataclass(slots=True, kw_only=True)
class Boot:
    """All that a new process needs to go on where the last one died."""

    bots: list[tuple[BotRecord, BotStatus]]
    memories: dict[str, BotMemory]
    holdings: list[Holding]
    funding: list[BotFunding] = field(default_factory=list)
    open_intents: list[Intent]  # those not final
    halts: list[HaltLatch]  # those closed
    counters: list[CounterPage]
    accounts: dict[str, AccountBook]
    running_operations: list[Operation]
    unreadable: list[UnreadableBot] = field(default_factory=list)
