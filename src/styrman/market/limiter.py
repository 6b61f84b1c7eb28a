"""Budgets of those who ask a venue: `ports.Budgets`. It delays, it never refuses: what may be asked at all is decided elsewhere."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TypeAlias

from styrman.clock import Clock
from styrman.ports import Limit, Priority

# The part of a budget that each may use: a cancel finds room however much data was asked for.
SHARES = {Priority.CANCEL: 1.0, Priority.EXIT: 0.98, Priority.ORDER: 0.95, Priority.DATA: 0.8}
_SLICES = 1000  # of a span: what was spent within one of them is forgotten together, by the last of it

_Turn: TypeAlias = "asyncio.Future[float]"  # of who waits; its result is when it was granted


@dataclass(slots=True)
class _Slice:
    began: float
    until: float  # its last grant plus the span; stored, or the sum we sleep for and the one we compare would round apart
    amount: int


class _Window:
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


@dataclass(slots=True)
class _Pause:
    """Until when nobody asks a venue from one address; one for all budgets of the address, whenever they are named."""

    until: float


class Budget:
    """Limits that hold together, shared by all who spend of them. O(1), amortised; one that was cancelled has spent nothing."""

    def __init__(self, clock: Clock, *limits: Limit, pause: _Pause | None = None) -> None:
        self._clock = clock
        self._windows = tuple(map(_Window, limits))
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
