"""What the manager shows: one bot, accounts, strategies, the system. The API's JSON is these values, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from styrman.domain.bots import BotError, Desired, Observed, TradingState
from styrman.domain.orders import WorkingOrder
from styrman.domain.plan import Position
from styrman.ports import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionView:
    """One thing that closes a position by itself, and who sees to that: an order that rests at the venue, or we, who watch the price.

    `guard` is None while nobody does: its venue has not been read since the boot. A time limit has a market time, all others a price.
    """

    instrument: str
    kind: Literal["stop_loss", "take_profit", "trailing", "time_limit"]
    price: Decimal | None
    quantity: Decimal | None
    at: datetime | None
    guard: Literal["venue", "watched"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotView:
    """One bot as a reader sees it: its spec, both sides of its lifecycle, its book. Also reads as `view["observed"]`."""

    id: str
    strategy: str | None
    main: str | None
    params: Mapping[str, JsonValue]
    venue: str
    mode: Mode
    instruments: tuple[str, ...]  # a selector's are those it last chose
    timeframe: str
    capital: Decimal
    labels: Mapping[str, str]
    spec: Mapping[str, JsonValue]  # as accepted, every default written out
    spec_hash: str
    desired: Desired
    observed: Observed
    generation: int
    observed_generation: int
    trading_state: TradingState  # the strictest of its own, its account's and the system's
    halted_by: tuple[str, ...]  # the scopes of the latches that halt it
    run_id: str | None
    epoch: int
    since: datetime
    uptime_s: float | None  # since it last became RUNNING; None where it isn't
    cycle_count: int
    last_cycle_at: datetime | None
    last_error: BotError | None
    restarts: int
    next_retry_at: datetime | None
    asked_by: str
    asked_at: datetime
    reason: str
    created_at: datetime
    currency: str  # of its book: the quote of its instruments
    equity: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    day_pnl: Decimal  # made since 00:00 UTC, or since it was created
    position_value: Decimal  # the sum of |quantity| x price
    positions: tuple[Position, ...]
    protections: tuple[ProtectionView, ...]
    working_orders: tuple[WorkingOrder, ...]
    unresolved_orders: int  # intents that the venue may or may not hold
    uncancelled_orders: tuple[str, ...]  # intents that a stop wants taken off and that may work still; their cancels go on
    caretaker: str | None  # what guards its position while no task runs: "venue", "watched", or None where nothing needs to

    def __getitem__(self, name: str) -> object:
        if name not in _FIELDS:
            raise KeyError(name)
        return getattr(self, name)


_FIELDS = frozenset(item.name for item in fields(BotView))


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFilter:
    """Which bots a list holds: all conditions together.

    `label` is `key=value` or `key`; `text` is looked for in id, strategy, venue and instruments.
    """

    states: tuple[Observed, ...] = ()
    label: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BotPage:
    """Bots by id, with the cursor (the last id) of the next page; None on the last one."""

    items: tuple[BotView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What an apply did, by bot id."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltView:
    """A halt of one scope and how many bots it holds. `changed` is false where it stood so before."""

    scope: str
    halted: bool
    bots: int
    changed: bool
    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A halt in force: of `system`, `account:NAME` or `bot:ID`, by whom, since when and why."""

    scope: str
    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account: what its bots' books hold, what is external, and by how much the venue says otherwise. By currency."""

    account: str
    mode: Mode
    balances: Mapping[str, Decimal]  # as the venue says
    books: Mapping[str, Decimal]  # the sum of its bots' books
    external: Mapping[str, Decimal]
    drift: Mapping[str, Decimal]  # balances - books - external, where it is not zero
    reserved: Decimal  # capital of its bots
    halted: bool
    held: str | None  # why nothing may be done here: its bots' books are of other money
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyView:
    """A strategy that a spec may name. `error` says why a file can't be used, by name and line."""

    name: str
    description: str
    source: str  # shipped | home | installed
    parameters: Mapping[str, JsonValue] | None  # JSON schema; None where it can't be loaded
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """How the process does."""

    version: str
    python: str
    versions: Mapping[str, str]  # of the libraries that matter
    boot: str
    started_at: datetime
    uptime_s: float
    profile: str
    ready: bool
    safe_mode: str | None  # why bots are held; None where they are not
    halted: bool  # all of it; `halts` are these and those of accounts and bots
    halts: tuple[Halt, ...]
    bots: Mapping[str, int]  # by observed state
    modes: Mapping[str, int]  # bots by whose money they trade: simulated, paper, live
    loop_lag_ms: float
    loop_lag_max_ms: float
    stalls: tuple[Mapping[str, JsonValue], ...]  # the last ones: at, seconds, task, stack
    lateness_p50_ms: float
    lateness_p99_ms: float
    cycles: int
    journal_depth: int
    commit_p50_ms: float
    commit_p99_ms: float
    store_errors: int
    store_bytes: int
    memory_bytes: int
    tasks: int  # of the event loop; a bot's run is one
    feeds: tuple[Mapping[str, JsonValue], ...]
