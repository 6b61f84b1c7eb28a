"""Any sequence of asking, trying, giving up, giving back and pausing keeps every budget's promises."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from styrman.clock import ManualClock
from styrman.market.limiter import Budgets
from styrman.market.windows import SHARES
from styrman.ports import Limit, Priority

T = TypeVar("T")
LIMITS = Limit(10, 5.0), Limit(25, 20.0)
AMOUNTS, PRIORITIES = st.integers(1, 8), st.sampled_from(Priority)
EDGE_S = 1e-9  # spans are half open, and sums of floats stray


class LimiterMachine(RuleBasedStateMachine):
    """Beside the budget stands the list of all that was granted, with its time."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.budgets = Budgets(self.clock)
        self.budget = self.budgets.request_weight("venue", "address", *LIMITS)
        self.granted: list[tuple[float, int, Priority]] = []
        self.waiting: dict[asyncio.Task[None], Priority] = {}
        self.paused_until = 0.0

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.loop.run_until_complete(work)

    async def spend(self, amount: int, priority: Priority) -> None:
        await self.budget.acquire(amount, priority)
        assert self.clock.monotonic() >= self.paused_until
        self.granted.append((self.clock.monotonic(), amount, priority))

    async def ask(self, amount: int, priority: Priority) -> None:
        self.waiting[self.loop.create_task(self.spend(amount, priority))] = priority
        await self.clock.settle()

    @rule(amount=AMOUNTS, priority=PRIORITIES)
    def someone_asks(self, amount: int, priority: Priority) -> None:
        self.run(self.ask(amount, priority))

    @rule(amount=AMOUNTS, priority=PRIORITIES, used=st.booleans())
    def someone_tries(self, amount: int, priority: Priority, *, used: bool) -> None:
        async def attempt() -> None:
            queued = any(before <= priority for task, before in self.waiting.items() if not task.done())
            before = self.budget.used
            taken = self.budget.try_acquire(amount, priority)
            assert not (taken and queued)
            assert self.budget.used == before + amount * taken
            if taken and used:
                self.granted.append((self.clock.monotonic(), amount, priority))
            elif taken:
                self.budget.release(amount)
            await self.clock.settle()

        self.run(attempt())

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 100), after_s=st.floats(0, 3))
    def someone_gives_up(self, which: int, after_s: float) -> None:
        async def cancel() -> None:
            task = list(self.waiting)[which % len(self.waiting)]
            self.clock._elapsed_s += after_s  # nobody was woken: a grant and the cancel fall into one turn of the loop
            self.budget._grant()
            task.cancel()
            await self.clock.settle()

        self.run(cancel())

    @rule(span_s=st.floats(0, 8))
    def the_venue_says_retry_after(self, span_s: float) -> None:
        self.budgets.pause("venue", "address", span_s)
        self.paused_until = max(self.paused_until, self.clock.monotonic() + span_s)

    @rule(span_s=st.floats(0, 12))
    def time_passes(self, span_s: float) -> None:
        self.run(self.clock.advance(span_s))

    @invariant()
    def no_span_holds_more_than_its_limit(self) -> None:
        for limit in LIMITS:
            for at, _, _ in self.granted:
                spent = sum(amount for when, amount, _ in self.granted if at - limit.span_s + EDGE_S < when <= at)
                assert spent <= limit.amount

    @invariant()
    def no_share_is_overdrawn(self) -> None:
        """What is granted to a priority finds no more spent than its share, unless it asked for more than that at once."""
        for index, (at, amount, priority) in enumerate(self.granted):
            for limit in LIMITS:
                before = sum(spent for when, spent, _ in self.granted[:index] if at - limit.span_s + EDGE_S < when <= at)
                assert before + amount <= max(limit.amount * SHARES[priority], amount)

    @invariant()
    def nothing_granted_is_forgotten(self) -> None:
        now = self.clock.monotonic()
        spent = sum(amount for when, amount, _ in self.granted if when > now - LIMITS[0].span_s + EDGE_S)
        assert self.budget.used >= spent

    def teardown(self) -> None:
        """Whoever still waits is served in the end, and then nothing is counted and no task is left."""

        async def end() -> None:
            await self.clock.advance(max(0.0, self.paused_until - self.clock.monotonic()) + 20.0 * (len(self.waiting) + 2))
            assert all(task.done() for task in self.waiting)
            assert all(task.cancelled() or task.exception() is None for task in self.waiting)
            assert self.budget.used == 0
            await self.clock.settle()
            assert [task for task in asyncio.all_tasks() if task.get_name() == "limiter:grant"] == []

        self.run(end())
        self.loop.close()


LimiterMachine.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
TestLimiter = LimiterMachine.TestCase
