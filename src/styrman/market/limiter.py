"""Budgets of those who ask a venue: `ports.Budgets`. It delays, it never refuses: what may be asked at all is decided elsewhere."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from styrman.clock import Clock
from styrman.market.windows import Window
from styrman.ports import BudgetReading, Limit, Priority

_Turn: TypeAlias = "asyncio.Future[float]"  # of who waits; its result is when it was granted


@dataclass(slots=True)
class _Pause:
    """Until when nobody asks a venue from one address; one for all budgets of the address, whenever they are named."""

    until: float


class Budget:
    """Limits that hold together, shared by all who spend of them. O(1), amortised; one that was cancelled has spent nothing."""

    def __init__(self, clock: Clock, *limits: Limit, pause: _Pause | None = None) -> None:
        self._clock = clock
        self._windows = tuple(map(Window, limits))
        self._most = min(limit.amount for limit in limits)
        self._pause = pause or _Pause(clock.monotonic())
        self._waiting: tuple[OrderedDict[_Turn, int], ...] = tuple(OrderedDict() for _ in Priority)
        self._granting: asyncio.Task[None] | None = None
        self._granting_at = 0.0

    @property
    def used(self) -> int:
        """How much of the first limit was spent within its last span."""
        self._windows[0].forget(self._clock.monotonic())
        return self._windows[0].used

    @property
    def paused_s(self) -> float:
        """For how many seconds more nobody may spend."""
        return max(0.0, self._pause.until - self._clock.monotonic())

    def try_acquire(self, amount: int, priority: Priority) -> bool:
        """Count so much and return True; where that would mean to wait, count nothing: False. ValueError as `acquire`."""
        self._check(amount)
        for urgent in self._waiting[: priority + 1]:
            if urgent:
                return False
        return self._take(amount, priority, self._clock.monotonic())

    async def acquire(self, amount: int, priority: Priority) -> None:
        """Return once so much may be spent, and count it. ValueError where the limit never allows it.

        First come first served within a priority; a lower one waits while a higher one does.
        """
        if self.try_acquire(amount, priority):
            return
        turn: _Turn = asyncio.get_running_loop().create_future()
        waiting = self._waiting[priority]
        waiting[turn] = amount
        if len(waiting) == 1:  # those behind another are seen to when his turn comes
            self._grant()
        try:
            await turn
        except asyncio.CancelledError:
            self._give_up(turn, amount, priority)
            raise

    def release(self, amount: int) -> None:
        """Give back what was taken in this turn of the loop, for something that was never sent."""
        self._refund(amount, self._clock.monotonic())

    def pause(self, span_s: float) -> None:
        """Let nobody spend for so long: the venue said Retry-After."""
        self._pause.until = max(self._pause.until, self._clock.monotonic() + span_s)

    def readings(self, name: str) -> tuple[BudgetReading, ...]:
        """Return how it stands now, a reading for each of its limits."""
        now, waiting = self._clock.monotonic(), sum(not turn.done() for turns in self._waiting for turn in turns)
        closed_until = self._clock.now() + timedelta(seconds=self.paused_s) if self.paused_s else None
        for window in self._windows:
            window.forget(now)
        return tuple(
            BudgetReading(
                name=name,
                used=window.used,
                capacity=window.limit.amount,
                per_s=window.limit.span_s,
                waiting=waiting,
                closed_until=closed_until,
            )
            for window in self._windows
        )

    def _check(self, amount: int) -> None:
        if amount > self._most:
            raise ValueError(f"{amount} at once is more than the limit of {self._most} ever allows; ask for less at a time")

    def _take(self, amount: int, priority: Priority, now: float) -> bool:
        if now < self._pause.until:
            return False
        for window in self._windows:
            window.forget(now)
            if not window.fits(amount, priority):
                return False
        for window in self._windows:
            window.spend(amount, now)
        return True

    def _grant(self) -> None:
        """Serve who may be served now; see to it that the others are looked at again."""
        now = self._clock.monotonic()
        while (first := self._first()) is not None and self._take(first[1], first[2], now):
            turn, _, priority = first
            del self._waiting[priority][turn]
            turn.set_result(now)
        if first is not None:
            self._look_again(self._due(first[1], first[2], now))

    def _first(self) -> tuple[_Turn, int, Priority] | None:
        """Return whose turn is next, how much it wants, and with which priority."""
        for priority in Priority:
            waiting = self._waiting[priority]
            while waiting:
                turn = next(iter(waiting))
                if not turn.done():
                    return turn, waiting[turn], priority
                del waiting[turn]  # cancelled, but not told yet
        return None

    def _give_up(self, turn: _Turn, amount: int, priority: Priority) -> None:
        """Let go of a turn whose owner was cancelled: out of the queue, or granted in the same turn of the loop and never used."""
        self._waiting[priority].pop(turn, None)
        if turn.done() and not turn.cancelled():
            self._refund(amount, turn.result())
            return
        self._grant()
        if self._granting is not None and self._first() is None:
            self._granting.cancel()
            self._granting = None  # not done yet, and of no use to who asks in this turn of the loop

    def _refund(self, amount: int, spent_at: float) -> None:
        now = self._clock.monotonic()
        for window in self._windows:
            window.refund(amount, spent_at, now)
        self._grant()

    def _due(self, amount: int, priority: Priority, now: float) -> float:
        """Return when it is worth the while to try again."""
        freed = [window.frees_at(now) for window in self._windows if not window.fits(amount, priority)]
        return max(self._pause.until, now, *freed)

    def _look_again(self, due: float) -> None:
        """Have somebody grant at `due`; who waits for a later time, for one of a lower priority, is called off."""
        if self._granting is not None and not self._granting.done():
            if self._granting_at <= due:
                return
            self._granting.cancel()
        self._granting_at = due
        self._granting = asyncio.create_task(self._grant_later(), name="limiter:grant")

    async def _grant_later(self) -> None:
        while (first := self._first()) is not None:
            now = self._clock.monotonic()
            self._granting_at = self._due(first[1], first[2], now)
            await self._clock.sleep(self._granting_at - now)
            self._grant()


class Budgets:
    """The budgets of this process, one for each who counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._budgets: dict[tuple[str, ...], Budget] = {}
        self._pauses: dict[tuple[str, str], _Pause] = {}

    def request_weight(self, venue: str, address: str, *limits: Limit) -> Budget:
        """Return what may be asked of a venue from one of our addresses, by whatever account. The first limits named hold."""
        budget = self._budgets.get(("requests", venue, address))
        return budget or self._new(("requests", venue, address), limits, self._pause(venue, address))

    def order_count(self, account: str, *limits: Limit) -> Budget:
        """Return how many orders an account may send, where several spans are counted within each of them. As above."""
        return self._budgets.get(("orders", account)) or self._new(("orders", account), limits, None)

    def pause(self, venue: str, address: str, span_s: float) -> None:
        """Ask nothing of the venue from this address for so long, whoever wants to, now or later: it said Retry-After."""
        pause = self._pause(venue, address)
        pause.until = max(pause.until, self._clock.monotonic() + span_s)

    def _pause(self, venue: str, address: str) -> _Pause:
        return self._pauses.setdefault((venue, address), _Pause(self._clock.monotonic()))

    def _new(self, key: tuple[str, ...], limits: tuple[Limit, ...], pause: _Pause | None) -> Budget:
        budget = self._budgets[key] = Budget(self._clock, *limits, pause=pause)
        return budget
