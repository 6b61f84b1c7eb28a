"""A sentry's post: what is remembered, in this process, of one position's resting protections: when to place, move and cancel again.

Times are seconds on a monotonic clock. Nothing here is durable, and nothing needs to be: what rests, the journal knows.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from styrman.trading.trader import LiveOrder

MOVE_EVERY_S = 3.0  # a trailing stop is moved no oftener
STEADY_S = 10.0  # what others take off sooner than this after it was placed is placed again later and later
CANCEL_AGAIN_S = 1.0
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0
_NEVER = float("-inf")


@dataclass(slots=True)
class Post:
    """One bot's protections in one instrument."""

    task: asyncio.Task[None] | None = None  # the step being taken
    is_cleared: bool = True  # what was placed last came off because we asked for that
    was_placed: bool = False  # since the position was opened
    placed_at: float = _NEVER
    pause_s: float = 0.0
    not_before: float = _NEVER  # too early to place anything: the last was refused
    looks_at: float = _NEVER  # a look is arranged for then
    asked: frozenset[str] = frozenset()  # the orders that were last asked to come off
    asked_at: float = _NEVER

    def rest(self) -> None:
        """Note that there is nothing to protect, and nothing that does."""
        self.is_cleared, self.was_placed, self.pause_s = True, False, 0.0

    def moves_at(self) -> float:
        """Return when a trailing stop may be moved again."""
        return self.placed_at + MOVE_EVERY_S

    def places_at(self) -> float:
        """Return when something may be placed again: later after a refusal, or where others take off what we place."""
        return self.not_before if self.is_cleared else max(self.not_before, self.placed_at + self.pause_s)

    def cancels_at(self, orders: Iterable[LiveOrder]) -> float:
        """Return when these orders may be asked again to come off."""
        return self.asked_at + CANCEL_AGAIN_S if _ids(orders) <= self.asked else _NEVER

    def cancels(self, orders: Iterable[LiveOrder], now: float) -> None:
        """Note that orders are asked to come off."""
        self.asked, self.asked_at, self.is_cleared = _ids(orders), now, True

    def places(self, now: float) -> None:
        """Note a placement; the sooner others took off the one before, the later comes the next."""
        hasty = not self.is_cleared and now < self.placed_at + STEADY_S + self.pause_s
        self.pause_s = self._longer() if hasty else 0.0
        self.placed_at, self.is_cleared = now, False

    def is_refused(self, now: float) -> None:
        """Note that what was placed is not there."""
        self.pause_s = self._longer()
        self.not_before = now + self.pause_s

    def _longer(self) -> float:
        return min(max(FIRST_PAUSE_S, self.pause_s * 2), LAST_PAUSE_S)


def _ids(orders: Iterable[LiveOrder]) -> frozenset[str]:
    return frozenset(order.intent.intent_id for order in orders)
