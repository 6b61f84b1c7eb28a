"""Orders from a decision to a recorded outcome: what a Plan asks for, the intent that journals it, what a venue reports.

`INTENT_MOVES` is the table of section 5 of the design; an intent's state changes through `Intent.move` and nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from styrman.domain.market import Side, Word


class OrderType(Word):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"  # a market order once the price touches `stop_price`


class TimeInForce(Word):
    """How long an order works."""

    GTC = "gtc"  # until filled or cancelled
    IOC = "ioc"  # what trades at once trades, the rest is cancelled
    FOK = "fok"  # all at once or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """An order that a Plan wants to work. `key` is the strategy's own name for it, unique within the bot.

    An order is placed while its key is in the Plan, cancelled when it leaves it, replaced when it changes. A filled key is
    spent until a Plan drops it. Quantity is in base, price in quote; both are rounded to the venue's rules towards safety.
    Plain words and numbers ("buy", 0.5) are taken too; ValueError where they are none of the kind.
    """

    key: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal | None = None
    type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            object.__setattr__(self, name, kind(getattr(self, name)))
        object.__setattr__(self, "quantity", _decimal(self.quantity))
        if self.price is not None:
            object.__setattr__(self, "price", _decimal(self.price))


_KINDS: dict[str, type[StrEnum]] = {"side": Side, "type": OrderType, "time_in_force": TimeInForce}


def _decimal(value: Decimal | float | str) -> Decimal:
    """Return the number as it is written: 0.1 is a tenth."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{value!r} is no quantity or price")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What guards a position. Prices are fractions of the average entry price: `stop=0.02` exits 2 % against the position.

    `trailing` follows the best price since entry at that distance; `time_limit` is market time since entry. Belongs to the
    manager, not to the bot's task: it is watched while the bot is stopped or failed.
    """

    stop: float | None = None
    take_profit: float | None = None
    trailing: float | None = None
    time_limit: timedelta | None = None


class IntentState(StrEnum):
    """Where an order intent stands. One intent makes at most one order at the venue."""

    PREPARED = "PREPARED"  # journaled, not sent
    SENDING = "SENDING"  # may be at the venue
    ACKED = "ACKED"  # works at the venue
    PARTIALLY_FILLED = "PARTIALLY_FILLED"  # works, and has traded
    CANCEL_SENT = "CANCEL_SENT"  # works until the cancel is confirmed
    UNKNOWN = "UNKNOWN"  # the answer was lost; being looked for
    FILLED = "FILLED"  # traded in full
    CANCELED = "CANCELED"  # taken off, by us or by the venue (IOC, FOK)
    EXPIRED = "EXPIRED"  # taken off by the venue's own deadline
    REJECTED = "REJECTED"  # the venue said no, with an enumerated code
    DENIED = "DENIED"  # we said no
    NOT_PLACED = "NOT_PLACED"  # proven absent
    MANUAL = "MANUAL"  # a person decided

    @property
    def is_final(self) -> bool:
        """Whether nothing more can come of it."""
        return not INTENT_MOVES[self]

    @property
    def is_unresolved(self) -> bool:
        """Whether the venue may or may not hold the order."""
        return self in (IntentState.SENDING, IntentState.UNKNOWN)


_S = IntentState
_OUTCOMES = frozenset({_S.FILLED, _S.CANCELED, _S.EXPIRED, _S.MANUAL})
_PLACED = frozenset({_S.ACKED, _S.PARTIALLY_FILLED}) | _OUTCOMES
INTENT_MOVES: dict[IntentState, frozenset[IntentState]] = {
    _S.PREPARED: frozenset({_S.SENDING, _S.DENIED, _S.NOT_PLACED, _S.MANUAL}),
    _S.SENDING: _PLACED | {_S.REJECTED, _S.UNKNOWN, _S.NOT_PLACED},
    _S.UNKNOWN: _PLACED | {_S.REJECTED, _S.NOT_PLACED},
    _S.ACKED: _OUTCOMES | {_S.PARTIALLY_FILLED, _S.CANCEL_SENT},
    _S.PARTIALLY_FILLED: _OUTCOMES | {_S.CANCEL_SENT},
    _S.CANCEL_SENT: _OUTCOMES | {_S.ACKED, _S.PARTIALLY_FILLED},
    **{final: frozenset() for final in (*_OUTCOMES, _S.REJECTED, _S.DENIED, _S.NOT_PLACED)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of an intent: into which state, when (wall time), and why."""

    state: IntentState
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An order as a venue is asked for it, already rounded to the instrument's rules."""

    client_order_id: str  # at most 32 alphanumerics, unique for ever
    instrument: str
    side: Side
    type: OrderType
    quantity: Decimal  # base
    price: Decimal | None = None  # quote; LIMIT
    stop_price: Decimal | None = None  # quote; STOP
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One decision to trade, journaled before anything is sent, with all that a later process needs to find its order."""

    intent_id: str
    bot_id: str
    run_id: str
    epoch: int
    account: str
    request: OrderRequest
    payload_hash: str
    stamp: datetime  # wall time that the request is signed with
    not_after: datetime  # stamp + the venue's window; the venue refuses the request after it
    market_at: datetime  # market time of the decision: from here on its fills are looked for
    key: str | None = None  # the WorkingOrder's key; None: from a target, a protection or a flatten
    origin: str = "plan"  # plan | target | protection (an exit) | guard (rests at the venue) | flatten | stop | force | claim
    group_id: str | None = None  # the intents of one request, an order list's two legs, share it
    state: IntentState = IntentState.PREPARED
    venue_order_id: str | None = None
    filled: Decimal = Decimal(0)  # base
    reason: str = ""  # why it is in this state
    updated_at: datetime
    history: tuple[Move, ...] = ()  # every move so far, oldest first; the last one led to `state`

    def move(
        self, to: IntentState, *, at: datetime, reason: str = "", filled: Decimal | None = None, venue_order_id: str | None = None
    ) -> Self:
        """Return the intent in its next state; ValueError where the table has no such move."""
        if to is not self.state and to not in INTENT_MOVES[self.state]:
            raise ValueError(f"Intent {self.intent_id!r} can't move from {self.state} to {to}")
        moved = (*self.history, Move(state=to, at=at, reason=reason)) if to is not self.state else self.history
        return replace(
            self,
            state=to,
            updated_at=at,
            reason=reason or self.reason,
            filled=self.filled if filled is None else filled,
            venue_order_id=venue_order_id or self.venue_order_id,
            history=moved,
        )

    @property
    def is_guard(self) -> bool:
        """Whether it rests to protect a position: the caretaker's order, not the Plan's, which makes room for what closes."""
        return self.origin == "guard"

    @property
    def remaining(self) -> Decimal:
        """Base quantity that may still trade; zero once the intent is final."""
        return Decimal(0) if self.state.is_final else self.request.quantity - self.filled


class VenueOrderStatus(StrEnum):
    """An order's status as a venue reports it."""

    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """An order as the venue knows it: the answer to a request, or a message of the account's stream."""

    venue_order_id: str
    client_order_id: str | None  # None: placed without one, hence not ours
    instrument: str
    side: Side
    type: OrderType
    status: VenueOrderStatus
    quantity: Decimal
    filled: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    average_price: Decimal | None = None
    reason: str = ""
    market_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade of an order. Deduplicated by (account, trade_id). Fees in the base asset reduce the position."""

    trade_id: str
    venue_order_id: str
    client_order_id: str | None
    instrument: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    maker: bool
    market_time: datetime
