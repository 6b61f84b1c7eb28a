"""What was spent of one limit within its last span: the arithmetic of a budget. Knows no queue and no clock."""

from collections import deque
from dataclasses import dataclass

from styrman.ports import Limit, Priority

# The part of a budget that each may use: a cancel finds room however much data was asked for.
SHARES = {Priority.CANCEL: 1.0, Priority.EXIT: 0.98, Priority.ORDER: 0.95, Priority.DATA: 0.8}
_SLICES = 1000  # of a span: what was spent within one of them is forgotten together, by the last of it


@dataclass(slots=True)
class _Slice:
    began: float
    until: float  # its last grant plus the span; stored, or the sum we sleep for and the one we compare would round apart
    amount: int


class Window:
    """What was spent of one limit within its last span."""

    __slots__ = ("_slice_s", "_spent", "limit", "rooms", "used")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.used = 0
        self.rooms = tuple(limit.amount * SHARES[priority] for priority in Priority)
        self._slice_s = limit.span_s / _SLICES
        self._spent: deque[_Slice] = deque()

    def forget(self, now: float) -> None:
        """Drop what no span that holds `now` counts any more."""
        spent = self._spent
        while spent and spent[0].until <= now:
            self.used -= spent.popleft().amount

    def fits(self, amount: int, priority: Priority) -> bool:
        """Whether so much may be spent now. More than a priority's whole share has to wait until nothing else is counted."""
        return self.used + amount <= max(self.rooms[priority], amount)

    def spend(self, amount: int, now: float) -> None:
        """Count it."""
        self.used += amount
        until = now + self.limit.span_s
        newest = self._spent[-1] if self._spent else None
        if newest is None or now - newest.began >= self._slice_s:
            self._spent.append(_Slice(now, until, amount))
            return
        newest.amount += amount
        newest.until = until

    def refund(self, amount: int, spent_at: float, now: float) -> None:
        """Uncount what was granted at `spent_at`. The oldest goes: what stays is then forgotten later than it might be, never sooner."""
        if now - spent_at >= self.limit.span_s:
            return  # forgotten by itself
        self.used -= amount
        while amount:
            oldest = self._spent[0]
            taken = min(amount, oldest.amount)
            oldest.amount -= taken
            amount -= taken
            if not oldest.amount:
                self._spent.popleft()

    def frees_at(self, now: float) -> float:
        """Return when there is next more room than now."""
        return self._spent[0].until if self._spent else now
