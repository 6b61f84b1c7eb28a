"""What a strategy says (`Plan`) and what it sees (`Context`). Plain values: both can cross to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from pydantic import JsonValue

from styrman.domain.market import Candles, InstrumentRules
from styrman.domain.orders import Fill, Protection, WorkingOrder

_NONE: Mapping[str, float | None] = MappingProxyType({})
NOTHING_TRADED: Mapping[str, Decimal] = MappingProxyType({})
_NO_PROTECTION: Mapping[str, Protection] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """What should be. It never says "buy": the cycle compares it with what is, and sends the difference.

    `targets`: instrument to fraction of the bot's equity in [-1, 1]; None or absent: no opinion, the last target stays.
    `orders`: orders to have working. `protections`: instrument to what guards its position. `resume`: instruments that a
    touched protection closed and that may be traded again; one that a person closed stays closed.
    """

    targets: Mapping[str, float | None] = field(default_factory=lambda: _NONE)
    orders: tuple[WorkingOrder, ...] = ()
    protections: Mapping[str, Protection] = field(default_factory=lambda: _NO_PROTECTION)
    resume: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *plans: "Plan") -> "Plan":
        """Return one Plan that says what all of them say; where two speak of one instrument's target or protection, the later holds."""
        targets = {name: target for plan in plans for name, target in plan.targets.items()}
        protections = {name: each for plan in plans for name, each in plan.protections.items()}
        resume = frozenset(name for plan in plans for name in plan.resume)
        return cls(targets, tuple(order for plan in plans for order in plan.orders), protections, resume)

    @property
    def is_empty(self) -> bool:
        """Whether it has no opinion about anything."""
        return not (self.targets or self.orders or self.protections or self.resume)

    def __reduce__(self) -> tuple[type["Plan"], tuple[object, ...]]:
        """Pickle with plain dicts: a mapping proxy can't cross to another process."""
        return Plan, (dict(self.targets), self.orders, dict(self.protections), self.resume)


EMPTY_PLAN = Plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A bot's position in one instrument: the sum of its own fills. Quantity in base (negative: short), money in quote."""

    instrument: str
    quantity: Decimal = Decimal(0)
    average_price: Decimal = Decimal(0)
    realized_pnl: Decimal = Decimal(0)  # of closed parts, fees taken off
    unrealized_pnl: Decimal = Decimal(0)
    opened_at: datetime | None = None  # market time at which it left zero


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """A bot's money as its strategy sees it, all in the quote currency."""

    equity: Decimal  # capital + realized + unrealized PnL
    cash: Decimal  # capital + what sales brought - what purchases and fees cost
    positions: Mapping[str, Position]  # by instrument; flat ones left out
    fills: tuple[Fill, ...] = ()  # since the last cycle


@dataclass(slots=True, kw_only=True)
class Context:
    """What one cycle may know. Everything but `state` is to be read only."""

    now: datetime  # market time: the venue's, which may run faster than the wall's
    bot_id: str
    instruments: tuple[str, ...]
    timeframe: str
    candles: Mapping[tuple[str, str], Candles]  # by (instrument, time frame); closed candles only, oldest first
    book: BookView
    working: tuple[WorkingOrder, ...]  # the Plan's orders that work now, with what remains of their quantity
    rules: Mapping[str, InstrumentRules]
    params: Mapping[str, JsonValue]
    max_open: int
    state: dict[str, JsonValue]  # the strategy's own, durable: what it holds after a cycle it holds after a crash
    traded: Mapping[str, Decimal] = field(default_factory=lambda: NOTHING_TRADED)  # base, by key of the last Plan's orders

    @property
    def slots(self) -> int:
        """Among how many positions the default `decide` divides the equity."""
        return max(1, min(self.max_open, len(self.instruments)))
