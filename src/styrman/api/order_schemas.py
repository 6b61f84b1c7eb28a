"""What orders, intents and fills look like in answers: flat where a person reads a list, whole where a machine compares."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from styrman.domain.cash import CashEntry, CashFlow
from styrman.domain.orders import Fill, Intent, IntentState, Move, OrderRequest
from styrman.domain.records import BotFill
from styrman.manager.custody import ExternalOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView(OrderRequest):
    """An order of a bot: what was asked of the venue, and what became of it."""

    intent_id: str
    bot_id: str
    run_id: str
    account: str
    key: str | None
    origin: str
    state: IntentState
    venue_order_id: str | None
    filled: Decimal
    remaining: Decimal
    reason: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, intent: Intent) -> Self:
        """Return an intent as it is shown."""
        same = ("intent_id", "bot_id", "run_id", "account", "key", "origin", "state", "venue_order_id", "filled", "remaining", "reason")
        kept = {name: getattr(intent, name) for name in same}
        return cls(**_values(intent.request), **kept, created_at=intent.stamp, updated_at=intent.updated_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentView:
    """One decision to trade with all that is known of it, and every move it made, with its time and reason, oldest first."""

    intent_id: str
    client_order_id: str
    venue_order_id: str | None
    bot_id: str
    run_id: str
    epoch: int
    account: str
    key: str | None
    origin: str
    group_id: str | None
    state: IntentState
    reason: str
    request: OrderRequest
    filled: Decimal
    remaining: Decimal
    stamp: datetime
    not_after: datetime
    market_at: datetime
    updated_at: datetime
    history: tuple[Move, ...]

    @classmethod
    def of(cls, intent: Intent) -> Self:
        """Return an intent as it is shown."""
        own = {item.name for item in fields(cls)} - {"client_order_id"}
        return cls(**{name: getattr(intent, name) for name in own}, client_order_id=intent.request.client_order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillView(Fill):
    """One trade of a bot's order. `at` is when we learnt of it, `market_time` the venue's."""

    bot_id: str
    intent_id: str
    account: str
    at: datetime

    @classmethod
    def of(cls, booked: BotFill) -> Self:
        """Return a fill in a bot's book as it is shown."""
        return cls(**_values(booked.fill), bot_id=booked.bot_id, intent_id=booked.intent_id, account=booked.account, at=booked.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlowView(CashFlow):
    """Money that came to an account or left it without a trade. `at` is when we learnt of it, `market_time` the venue's."""

    account: str
    shares: dict[str, Decimal]  # of a funding, by bot; what is left of the amount is external
    at: datetime

    @classmethod
    def of(cls, entry: CashEntry) -> Self:
        """Return an entry as it is shown."""
        return cls(**_values(entry.flow), account=entry.account, shares=entry.shares, at=entry.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlows:
    """A page of cash flows, those entered last first."""

    items: tuple[CashFlowView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """A page of orders, newest first."""

    items: tuple[OrderView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """A page of order intents, newest first."""

    items: tuple[IntentView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """A page of fills, newest first."""

    items: tuple[FillView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrders:
    """An account's working orders that no bot owns, oldest first."""

    items: tuple[ExternalOrder, ...]


def _values(value: OrderRequest | Fill | CashFlow) -> dict[str, Any]:  # Any: the fields' own types
    return {item.name: getattr(value, item.name) for item in fields(value)}
