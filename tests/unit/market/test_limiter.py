"""Budgets: never more than the limit in any span, the urgent first, nothing lost to a cancel."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from styrman.clock import ManualClock
from styrman.market.limiter import Budget, Budgets
from styrman.market.windows import SHARES
from styrman.ports import Limit, Priority


def ask(budget: Budget, amount: int, priority: Priority) -> asyncio.Task[None]:
    return asyncio.create_task(budget.acquire(amount, priority))


_ASKS = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(Priority), st.floats(0, 4), st.booleans()), max_size=25)


@settings(deadline=None, max_examples=60)
@given(_ASKS)
def test_no_span_ever_holds_more_than_the_limit(asks: Sequence[tuple[int, Priority, float, bool]]) -> None:
    async def scenario() -> None:
        clock, spent = ManualClock(), []
        budget = Budget(clock, Limit(10, 5.0))

        async def spend(amount: int, priority: Priority) -> None:
            await budget.acquire(amount, priority)
            spent.append((clock.monotonic(), amount))

        tasks = []
        for amount, priority, wait_s, give_up in asks:
            task = asyncio.create_task(spend(amount, priority))
            await clock.advance(wait_s)
            if give_up:
                task.cancel()
            else:
                tasks.append(task)
        await clock.advance(5.0 * (len(asks) + 1) * 2)

        assert all(task.done() for task in tasks)
        for at, _ in spent:
            assert sum(amount for when, amount in spent if at - 5.0 + 1e-9 < when <= at) <= 10

    asyncio.run(scenario())


async def test_the_urgent_go_first_and_find_room() -> None:
    clock = ManualClock()
    done: list[asyncio.Task[None]] = []
    budget = Budget(clock, Limit(100, 60.0))
    await budget.acquire(80, Priority.DATA)
    await budget.acquire(15, Priority.ORDER)
    waiting = [ask(budget, 1, Priority.DATA), ask(budget, 1, Priority.ORDER)]
    for task in waiting:
        task.add_done_callback(done.append)
    await clock.settle()
    await budget.acquire(5, Priority.CANCEL)
    held = [task.done() for task in waiting]
    await clock.advance(61)

    assert held == [False, False]
    assert done == [waiting[1], waiting[0]]
    assert SHARES[Priority.CANCEL] == 1


async def test_a_cancelled_wait_has_spent_nothing_and_lets_the_next_pass() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 60.0))
    await budget.acquire(8, Priority.DATA)
    large, small = ask(budget, 9, Priority.ORDER), ask(budget, 1, Priority.ORDER)
    await clock.settle()
    assert not small.done()
    large.cancel()
    await clock.settle()

    assert small.done()
    assert budget.used == 9


async def test_one_granted_and_cancelled_at_once_gives_it_back() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 60.0))
    await budget.acquire(10, Priority.CANCEL)
    granted, next_one = ask(budget, 8, Priority.DATA), ask(budget, 8, Priority.DATA)
    await clock.settle()
    clock._elapsed_s += 61  # nobody was woken yet: the next line grants, and the one after it cancels
    budget._grant()
    assert budget.used == 8
    granted.cancel()
    await clock.settle()

    assert granted.cancelled()
    assert next_one.done()
    assert budget.used == 8
    await clock.advance(61)
    assert budget.used == 0


async def test_one_cancelled_long_after_it_was_granted_takes_nothing_from_the_others() -> None:
    """The loop stood still for longer than the span between the grant and the cancel."""
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 1.0))
    await budget.acquire(10, Priority.CANCEL)
    granted = ask(budget, 8, Priority.CANCEL)
    await clock.settle()
    clock._elapsed_s += 1
    budget._grant()
    clock._elapsed_s += 1
    assert budget.try_acquire(10, Priority.CANCEL)
    granted.cancel()
    await clock.settle()

    assert granted.cancelled()
    assert budget.used == 10


async def test_no_task_is_left_where_nobody_waits() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(1, 86_400.0))
    await budget.acquire(1, Priority.CANCEL)
    waiting = ask(budget, 1, Priority.CANCEL)
    await clock.settle()
    waiting.cancel()
    await clock.settle()

    assert [task for task in asyncio.all_tasks() if task.get_name() == "limiter:grant"] == []


async def test_a_pause_holds_everybody() -> None:
    clock = ManualClock()
    budgets = Budgets(clock)
    budget = budgets.request_weight("binance", "203.0.113.1", Limit(100, 60.0))
    budgets.pause("binance", "203.0.113.1", 30)
    budgets.pause("binance", "203.0.113.9", 300)
    waiting = ask(budget, 1, Priority.CANCEL)
    await clock.advance(29)
    held = waiting.done(), budget.try_acquire(1, Priority.CANCEL)
    await clock.advance(2)

    assert held == (False, False)
    assert waiting.done()


async def test_a_pause_holds_those_who_name_their_budget_later() -> None:
    """A ban (418) may come to the first request of all, and outlasts whoever met it."""
    clock = ManualClock()
    budgets = Budgets(clock)
    budgets.pause("binance", "203.0.113.1", 120)
    budgets.pause("binance", "203.0.113.1", 5)
    await clock.advance(60)
    budget = budgets.request_weight("binance", "203.0.113.1", Limit(100, 60.0))
    elsewhere = budgets.request_weight("binance", "203.0.113.2", Limit(100, 60.0))
    waiting = ask(budget, 1, Priority.CANCEL)
    await clock.advance(59)

    assert elsewhere.try_acquire(1, Priority.DATA)
    assert not waiting.done()
    assert budget.paused_s == pytest.approx(1)
    await clock.advance(2)
    assert waiting.done()


async def test_each_who_counts_has_a_budget_of_its_own() -> None:
    budgets = Budgets(ManualClock())
    limit = Limit(10, 1.0)

    assert budgets.request_weight("a", "1", limit) is budgets.request_weight("a", "1", limit)
    assert budgets.request_weight("a", "1", limit) is not budgets.request_weight("a", "2", limit)
    assert budgets.order_count("x", limit) is budgets.order_count("x", limit)
    assert budgets.order_count("x", limit) is not budgets.order_count("y", limit)


async def test_every_span_of_a_budget_holds() -> None:
    """Orders are counted by ten seconds and by day at once; what one of them refuses the other does not count."""
    clock = ManualClock()
    budget = Budgets(clock).order_count("main", Limit(3, 10.0), Limit(5, 86_400.0))
    first = [budget.try_acquire(1, Priority.CANCEL) for _ in range(4)]
    await clock.advance(10)
    second = [budget.try_acquire(1, Priority.CANCEL) for _ in range(3)]
    waiting = ask(budget, 1, Priority.CANCEL)
    await clock.advance(86_400 - 11)
    early = waiting.done()
    await clock.advance(12)  # what was spent within a thousandth of the span is forgotten together

    assert first == [True, True, True, False]
    assert second == [True, True, False]
    assert (early, waiting.done()) == (False, True)


async def test_a_wait_for_the_day_does_not_hold_up_one_for_ten_seconds() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(3, 10.0), Limit(8, 86_400.0))
    await budget.acquire(3, Priority.CANCEL)
    await clock.advance(11)
    await budget.acquire(3, Priority.CANCEL)
    data = ask(budget, 1, Priority.DATA)  # the day's share of data is spent
    await clock.settle()
    cancel = ask(budget, 1, Priority.CANCEL)
    await clock.advance(9)
    early = cancel.done()
    await clock.advance(2)

    assert (early, cancel.done(), data.done()) == (False, True, False)
    data.cancel()
    await clock.settle()


async def test_what_cannot_be_had_at_once_is_not_counted() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 60.0))
    taken = budget.try_acquire(7, Priority.ORDER), budget.try_acquire(4, Priority.CANCEL), budget.try_acquire(3, Priority.CANCEL)

    assert taken == (True, False, True)
    assert budget.used == 10


async def test_nobody_overtakes_those_who_wait_before_him() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(100, 60.0))
    await budget.acquire(80, Priority.CANCEL)
    waiting = ask(budget, 20, Priority.ORDER)
    await clock.settle()

    assert not budget.try_acquire(1, Priority.ORDER)
    assert budget.try_acquire(1, Priority.CANCEL)
    assert not waiting.done()
    waiting.cancel()


async def test_what_was_given_back_is_had_by_the_next() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 60.0))
    assert budget.try_acquire(10, Priority.CANCEL)
    waiting = ask(budget, 2, Priority.DATA)
    await clock.settle()
    held = waiting.done()
    budget.release(10)
    await clock.settle()

    assert (held, waiting.done()) == (False, True)
    assert budget.used == 2


async def test_more_than_a_share_waits_for_an_empty_budget() -> None:
    """A venue that allows one request a second must not lock data out because its share is less than one."""
    clock = ManualClock()
    budget = Budget(clock, Limit(1, 1.0))
    taken = [ask(budget, 1, Priority.DATA) for _ in range(3)]
    await clock.settle()
    at_once = [task.done() for task in taken]
    await clock.advance(2.5)

    assert at_once == [True, False, False]
    assert all(task.done() for task in taken)


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_the_limit_never_allows_is_refused(*, at_once: bool) -> None:
    budget = Budget(ManualClock(), Limit(10, 1.0))
    with pytest.raises(ValueError, match="ever allows"):
        budget.try_acquire(11, Priority.CANCEL) if at_once else await budget.acquire(11, Priority.CANCEL)


async def test_a_reading_tells_what_is_spent_of_each_limit_who_waits_and_until_when_it_is_closed() -> None:
    clock = ManualClock()
    budget = Budget(clock, Limit(10, 10.0), Limit(100, 60.0))
    assert budget.try_acquire(8, Priority.ORDER)
    waiting = [ask(budget, 4, Priority.ORDER), ask(budget, 1, Priority.DATA)]
    await clock.settle()
    before = budget.readings("orders")
    await clock.advance(30)
    budget.pause(5)
    after = budget.readings("orders")
    await clock.advance(5)

    assert [(each.name, each.used, each.capacity, each.per_s, each.waiting) for each in before] == [
        ("orders", 8, 10, 10.0, 2),
        ("orders", 8, 100, 60.0, 2),
    ]
    assert [(each.used, each.waiting, each.closed_until) for each in after] == [
        (0, 0, clock.now()),
        (13, 0, clock.now()),
    ]
    assert [each.closed_until for each in (*before, *budget.readings("orders"))] == [None] * 4
    assert all(task.done() for task in waiting)
