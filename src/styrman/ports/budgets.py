"""What a venue counts of us, and who waits for whom: request weight per venue and outgoing address, order counts per account."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who goes first where the budget is short."""

    CANCEL = 0
    EXIT = 1  # an order that closes or protects a position
    ORDER = 2
    DATA = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """So much within any span of so many seconds: safe for venues that count by the clock's minute and for those that look back."""

    amount: int
    span_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReading:
    """How a budget stands: `used` of `capacity` within the last `per_s` seconds, and how many wait for their turn."""

    name: str  # what is counted: "request weight" of our address, "orders" of the account
    used: int
    capacity: int
    per_s: float
    waiting: int
    closed_until: datetime | None = None  # nobody may spend before: the venue asked us to wait


class Budget(Protocol):
    """What may be spent, shared by all who spend of it. Nothing that was not granted is counted."""

    def try_acquire(self, amount: int, priority: Priority) -> bool:
        """Count so much and return True; where that would mean to wait, count nothing: False."""
        ...

    async def acquire(self, amount: int, priority: Priority) -> None:
        """Return once so much may be spent, and count it. ValueError where the limit never allows it."""
        ...

    def release(self, amount: int) -> None:
        """Give back what was taken a moment ago for something that was never sent."""
        ...

    def readings(self, name: str) -> tuple[BudgetReading, ...]:
        """Return how it stands now, a reading for each of its limits."""
        ...


class Budgets(Protocol):
    """The budgets of a process, one for each who counts."""

    def request_weight(self, venue: str, address: str, *limits: Limit) -> Budget:
        """Return what may be asked of a venue from one of our addresses, by whatever account. The first limits named hold."""
        ...

    def order_count(self, account: str, *limits: Limit) -> Budget:
        """Return how many orders an account may send, where several spans are counted within each of them. As above."""
        ...

    def pause(self, venue: str, address: str, span_s: float) -> None:
        """Ask nothing of the venue from this address for so long, whoever wants to, now or later: it said Retry-After."""
        ...
