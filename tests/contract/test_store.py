"""What every store keeps to: `ports.Store`, over memory, SQLite and PostgreSQL."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from pydantic import JsonValue

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.bots import BotStatus
from styrman.domain.events import EventKind
from styrman.domain.orders import IntentState
from styrman.domain.records import BotRemoved, OperationState
from styrman.errors import Invalid, StoreFailed
from styrman.ports import EventFilter, Order, OrderFilter, PageRequest, Retention, Store
from styrman.store.memory import MemoryStore
from styrman.store.repositories import SqlStore
from unit.store import samples
from unit.store.postgres import empty, own_database
from unit.store.samples import HOUR, NOW

Reopen = Callable[[], Store]
ALL = PageRequest(limit=1000, order=Order.OLDEST_FIRST)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Makes a store over the same data each time it is called."""
    if request.param == "memory":
        memory = MemoryStore()
        return lambda: memory
    if request.param == "sqlite":
        return lambda: SqlStore(Settings(home=tmp_path), SystemClock())
    url = request.getfixturevalue("postgresql")
    empty(url)
    settings = Settings.load(home=tmp_path, database_url=url)
    return lambda: SqlStore(settings, SystemClock())


@pytest.fixture
async def store(reopen: Reopen) -> AsyncIterator[Store]:
    opened = reopen()
    await opened.open()
    yield opened
    await opened.close()


async def test_a_boot_after_a_reopen_gives_back_every_row_unchanged(reopen: Reopen) -> None:
    first = reopen()
    await first.open()
    await first.commit(samples.record(), samples.status(), samples.memory(), samples.holding(), samples.intent(), samples.halt())
    await first.commit(samples.counters(), samples.account(), samples.operation(), samples.answer(), samples.equity(), samples.fill())
    await first.commit(samples.event(), samples.funding(), samples.cash_entry())
    await first.close()
    second = reopen()
    await second.open()
    boot = await second.boot()
    events, fills = await second.events(ALL), await second.fills(ALL)
    flows = await second.cash_flows(ALL)
    points, answer = await second.equity("b1"), await second.answer("k")
    await second.close()

    assert boot.bots == [(samples.record(), samples.status())]
    assert boot.memories == {"b1": samples.memory()}
    assert boot.holdings == [samples.holding()]
    assert boot.funding == [samples.funding()]
    assert boot.open_intents == [samples.intent()]
    assert boot.halts == [samples.halt()]
    assert boot.counters == [samples.counters()]
    assert boot.accounts == {"sim": samples.account()}
    assert boot.running_operations == [samples.operation()]
    assert boot.unreadable == []
    assert samples.unnumbered(list(events.items)) == [samples.event()]
    assert list(fills.items) == [samples.fill()]
    assert list(flows.items) == [samples.cash_entry()]
    assert list(points) == [samples.equity()]
    assert answer == samples.answer()


async def test_decimals_keep_their_digits(store: Store) -> None:
    await store.commit(samples.record(), samples.holding())
    (kept,) = (await store.boot()).holdings

    assert str(kept.quantity) == "-0.30000000"
    assert str(kept.realized_pnl) == "1E+3"


async def test_a_row_with_the_same_key_replaces_the_other(store: Store) -> None:
    await store.commit(samples.record(), samples.status(epoch=1), samples.status(epoch=2))
    await store.commit(samples.record(generation=4), samples.status(epoch=3))

    assert (await store.boot()).bots == [(samples.record(generation=4), samples.status(epoch=3))]


async def test_a_bot_without_a_status_boots_as_stopped(store: Store) -> None:
    await store.commit(samples.record())

    assert (await store.boot()).bots == [(samples.record(), BotStatus(bot_id="b1", since=samples.record().created_at))]


async def test_events_are_appended_and_numbered_upwards(store: Store) -> None:
    await store.commit(samples.event("A"), samples.event("A"))
    await store.commit(samples.event("B"))
    events = (await store.events(ALL)).items

    assert [event.name for event in events] == ["A", "A", "B"]
    assert [event.seq for event in events] == sorted({event.seq for event in events})


async def test_a_fill_that_is_there_is_ignored_but_another_accounts_is_not(store: Store) -> None:
    await store.commit(samples.fill(1))
    await store.commit(replace(samples.fill(1), bot_id="b2"), samples.fill(1, account="other"), samples.fill(2))

    assert list((await store.fills(ALL)).items) == [samples.fill(1), samples.fill(1, account="other"), samples.fill(2)]
    assert await store.known_fills("sim", ["t1", "t2", "t3"]) == {"t1", "t2"}
    assert await store.known_fills("sim", []) == set()


async def test_a_cash_flow_that_is_there_is_ignored_but_another_accounts_is_not(store: Store) -> None:
    first, other = samples.cash_entry(1), samples.cash_entry(1, account="other")
    await store.commit(first)
    await store.commit(replace(first, shares={"b2": Decimal(1)}), other, samples.cash_entry(2))

    assert list((await store.cash_flows(ALL)).items) == [first, other, samples.cash_entry(2)]
    assert list((await store.cash_flows(ALL, account="sim")).items) == [first, samples.cash_entry(2)]
    assert await store.known_flows("sim", ["f1", "f2", "f3"]) == {"f1", "f2"}
    assert await store.known_flows("sim", []) == set()


async def test_more_ids_than_a_database_takes_at_once_are_looked_up(store: Store) -> None:
    await store.commit(samples.cash_entry(1), samples.cash_entry(40_000))
    wanted = [f"f{number}" for number in range(1, 70_001)]

    assert await store.known_flows("sim", wanted) == {"f1", "f40000"}


async def test_cash_flows_are_never_pruned_so_that_none_is_entered_twice(store: Store) -> None:
    await store.commit(samples.cash_entry(1))
    await store.prune(Retention(events=HOUR, equity=HOUR, intents=HOUR), now=NOW + 10_000 * HOUR)

    assert await store.known_flows("sim", ["f1"]) == {"f1"}


async def test_a_removed_bot_leaves_only_its_history(store: Store) -> None:
    await store.commit(samples.record("b1"), samples.status("b1"), samples.memory("b1"), samples.holding("b1"), samples.funding("b1"))
    await store.commit(samples.record("b2", slot=8), samples.memory("b2"))
    await store.commit(samples.event(), samples.intent(), samples.fill(), samples.equity())
    await store.commit(BotRemoved(bot_id="b1"))
    boot = await store.boot()

    assert [record.id for record, _ in boot.bots] == ["b2"]
    assert list(boot.memories) == ["b2"]
    assert (boot.holdings, boot.funding) == ([], [])
    assert len((await store.events(ALL)).items) == 1
    assert boot.open_intents == [samples.intent()]
    assert len((await store.fills(ALL)).items) == 1
    assert len(await store.equity("b1")) == 1


async def test_rows_are_applied_in_the_order_given(store: Store) -> None:
    await store.commit(samples.record("b1"), BotRemoved(bot_id="b1"), samples.record("b1", generation=9), samples.status())
    await store.commit(samples.record("b2"), samples.memory("b2"), BotRemoved(bot_id="b2"))
    boot = await store.boot()

    assert boot.bots == [(samples.record("b1", generation=9), samples.status())]
    assert boot.memories == {}


async def test_commits_of_one_caller_are_applied_in_the_order_of_their_calls(store: Store) -> None:
    await store.commit(samples.record())
    await asyncio.gather(*(store.commit(samples.status(epoch=epoch), samples.event(str(epoch))) for epoch in range(300)))

    assert (await store.boot()).bots[0][1].epoch == 299
    assert [event.name for event in (await store.events(ALL)).items] == [str(epoch) for epoch in range(300)]


async def test_a_failing_commit_writes_nothing_and_hurts_no_other(store: Store) -> None:
    await store.commit(samples.intent(1))
    twin = replace(samples.intent(2), request=samples.intent(1).request)  # another intent for the same order
    commits = [store.commit(samples.event(str(number))) for number in range(20)]
    commits.insert(10, store.commit(samples.event("culprit"), twin))
    outcomes = await asyncio.gather(*commits, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes].index(StoreFailed) == 10
    assert [outcome for outcome in outcomes if outcome is not None] == [outcomes[10]]
    assert [event.name for event in (await store.events(ALL)).items] == [str(number) for number in range(20)]
    assert await store.intent("sim", "c1") == samples.intent(1)
    assert store.health().errors == 1


@pytest.mark.parametrize(
    "unfit", [{"k": {1, 2}}, {"k": object()}, {1: "k"}, {"k": 1 << 70}], ids=["set", "object", "number as a key", "more than 64 bits"]
)
async def test_what_json_cannot_hold_is_refused_at_once(store: Store, unfit: object) -> None:
    state = cast("dict[str, JsonValue]", unfit)
    with pytest.raises(Invalid, match="BotMemory"):
        await store.commit(samples.event(), replace(samples.memory(), state=state))

    assert (await store.events(ALL)).items == []


async def test_a_naive_time_is_refused_at_once(store: Store) -> None:
    with pytest.raises(Invalid, match="can't be stored"):
        await store.commit(samples.event(at=NOW.replace(tzinfo=None)))


async def test_what_happens_to_a_row_after_the_call_is_not_written(store: Store) -> None:
    memory = samples.memory()
    committing = asyncio.ensure_future(store.commit(samples.record(), memory))
    await asyncio.sleep(0)
    memory.state["seen"] = "too late"
    await committing

    assert (await store.boot()).memories == {"b1": samples.memory()}


async def test_text_that_no_database_takes_is_escaped_rather_than_refused(store: Store) -> None:
    odd = "a\ud800b\0c"
    await store.commit(replace(samples.event(), reason=odd, fields={"message": odd, odd: [odd]}))
    (event,) = (await store.events(ALL)).items

    assert event.reason == "a\\ud800b\\x00c"
    assert "\\ud800" in str(event.fields["message"])


async def test_pages_follow_each_other_without_gap_or_repeat(store: Store) -> None:
    await store.commit(*(samples.event(str(number), bot_id=f"b{number % 2}") for number in range(25)))
    for order in Order:
        names: list[str] = []
        cursor: int | None = None
        sizes = []
        while True:
            page = await store.events(PageRequest(limit=4, cursor=cursor, order=order), EventFilter(bots=["b1"]))
            names += [event.name for event in page.items]
            sizes.append(len(page.items))
            cursor = page.next_cursor
            if cursor is None:
                break

        assert names == sorted((str(number) for number in range(1, 25, 2)), key=int, reverse=order is Order.NEWEST_FIRST)
        assert sizes == [4, 4, 4]


async def test_history_is_filtered_by_kind_state_and_bot(store: Store) -> None:
    await store.commit(*(samples.event(kind.name, kind=kind) for kind in EventKind))
    await store.commit(*(samples.intent(number, state=state) for number, state in enumerate(IntentState)))
    await store.commit(samples.fill(1, bot_id="b1"), samples.fill(2, bot_id="b2"))
    events = await store.events(ALL, EventFilter(kinds=[EventKind.COMMAND, EventKind.FILL]))
    intents = await store.intents(ALL, OrderFilter(bots=["b1"], states=[IntentState.FILLED]))

    assert [event.name for event in events.items] == ["COMMAND", "FILL"]
    assert [intent.state for intent in intents.items] == [IntentState.FILLED]
    assert (await store.intents(ALL, OrderFilter(bots=["b2"]))).items == []
    assert len((await store.intents(ALL, OrderFilter(bots=["b1"], instruments=["BTC/USDT"]))).items) == len(IntentState)
    assert (await store.intents(ALL, OrderFilter(bots=["b1"], instruments=["ETH/USDT"]))).items == []
    assert list((await store.fills(ALL, OrderFilter(bots=["b2"]))).items) == [samples.fill(2, bot_id="b2")]


ORDERS = [
    (1, "a", "sim", "BTC/USDT", IntentState.FILLED, "because"),
    (2, "a", "sim", "ETH/USDT", IntentState.ACKED, "100%_sure"),
    (3, "b", "paper", "BTC/USDT", IntentState.REJECTED, "Insufficient funds"),
    (4, "c", "paper", "ETH/USDT", IntentState.UNKNOWN, ""),
]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (OrderFilter(), [4, 3, 2, 1]),
        (OrderFilter(bots=["a", "c", "c"]), [4, 2, 1]),
        (OrderFilter(accounts=["paper"]), [4, 3]),
        (OrderFilter(instruments=["ETH/USDT"], accounts=["sim", "paper"]), [4, 2]),
        (OrderFilter(states=["ACKED", "UNKNOWN"]), [4, 2]),
        (OrderFilter(states=["FILLED", "REJECTED"], bots=["b"]), [3]),
        (OrderFilter(bots=["a"], instruments=["BTC/USDT"], states=["ACKED"]), []),
        (OrderFilter(bots=[f"x{number}" for number in range(300)] + ["b"]), [3]),
        (OrderFilter(text="FUNDS"), [3]),
        (OrderFilter(text="eth/", states=["UNKNOWN", "FILLED"]), [4]),
        (OrderFilter(text="%_"), [2]),
        (OrderFilter(text="c3"), [3]),
        (OrderFilter(text="\\"), []),
    ],
)
async def test_orders_are_filtered_by_each_of_their_conditions(store: Store, where: OrderFilter, wanted: list[int]) -> None:
    for number, bot_id, account, instrument, state, reason in ORDERS:
        sample = samples.intent(number, bot_id=bot_id, state=state)
        request = replace(sample.request, instrument=instrument)
        await store.commit(replace(sample, account=account, request=request, reason=reason, key=None))
        booked = samples.fill(number, bot_id=bot_id, account=account)
        await store.commit(replace(booked, fill=replace(booked.fill, instrument=instrument)))
    orders, fills = await store.intents(PageRequest(), where), await store.fills(PageRequest(), where)

    assert [order.intent_id for order in orders.items] == [f"i{number}" for number in wanted]
    if not (where.states or where.text):
        assert [each.fill.trade_id for each in fills.items] == [f"t{number}" for number in wanted]


async def test_a_page_follows_the_one_before_while_new_orders_come_and_old_ones_change(store: Store) -> None:
    await store.commit(*(samples.intent(number, bot_id=f"b{number % 3}") for number in range(10)))
    where = OrderFilter(bots=["b0", "b1"])
    first = await store.intents(PageRequest(limit=3), where)
    await store.commit(*(samples.intent(number, bot_id="b0") for number in range(10, 15)))
    await store.commit(samples.intent(4, bot_id="b1").move(IntentState.FILLED, at=NOW))
    second = await store.intents(PageRequest(limit=3, cursor=first.next_cursor), where)
    third = await store.intents(PageRequest(limit=3, cursor=second.next_cursor), where)

    assert [order.intent_id for page in (first, second, third) for order in page.items] == ["i9", "i7", "i6", "i4", "i3", "i1", "i0"]
    assert third.next_cursor is None


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (EventFilter(names=["start", "BotFailed"]), ["BotFailed", "start"]),
        (EventFilter(actor="ann"), ["start"]),
        (EventFilter(actor="an"), []),
        (EventFilter(kinds=["command", "order"]), ["OrderDenied", "start"]),
        (EventFilter(bots=["b2"]), ["OrderDenied", "BotFailed"]),
        (EventFilter(since=NOW + HOUR), ["Halted", "OrderDenied", "BotFailed"]),
        (EventFilter(until=NOW + HOUR), ["BotFailed", "start"]),
        (EventFilter(since=NOW + 2 * HOUR, until=NOW + 2 * HOUR), ["OrderDenied"]),
        (EventFilter(text="FAIL"), ["BotFailed"]),
        (EventFilter(text="smoke", kinds=["system"]), ["Halted"]),
        (EventFilter(text="b2"), []),
    ],
)
async def test_events_are_filtered_by_names_actor_time_and_text(store: Store, where: EventFilter, wanted: list[str]) -> None:
    told = [
        samples.event("start", kind=EventKind.COMMAND, at=NOW),
        replace(samples.event("BotFailed", bot_id="b2", at=NOW + HOUR), actor="styrman"),
        replace(samples.event("OrderDenied", bot_id="b2", kind=EventKind.ORDER, at=NOW + 2 * HOUR), actor="styrman"),
        replace(samples.event("Halted", bot_id=None, kind=EventKind.SYSTEM, at=NOW + 3 * HOUR), actor="bob", reason="smoke"),
    ]
    await store.commit(*told)
    found = await store.events(PageRequest(), where)
    turned = await store.events(ALL, where)

    assert [event.name for event in found.items] == wanted
    assert [event.name for event in turned.items] == wanted[::-1]


async def test_the_newest_operations_come_first_as_they_stand(store: Store) -> None:
    await store.commit(*(samples.operation(number, at=NOW + number * HOUR) for number in (2, 1, 3)))
    await store.commit(samples.operation(1, at=NOW + HOUR, state=OperationState.SUCCEEDED))

    assert [run.id for run in await store.operations(10)] == ["o3", "o2", "o1"]
    assert [(run.id, run.state) for run in (await store.operations(3))[2:]] == [("o1", OperationState.SUCCEEDED)]
    assert [run.id for run in await store.operations(1)] == ["o3"]


async def test_a_boot_has_the_open_intents_alone_in_the_order_of_the_journal(store: Store) -> None:
    intents = [samples.intent(number, state=state) for number, state in enumerate(IntentState)]
    await store.commit(*reversed(intents))
    moved = intents[0].move(IntentState.SENDING, at=NOW)
    await store.commit(moved)
    expected = [moved if intent is intents[0] else intent for intent in reversed(intents)]

    assert (await store.boot()).open_intents == [intent for intent in expected if not intent.state.is_final]


async def test_an_intent_is_found_by_its_order_in_every_state(store: Store) -> None:
    await store.commit(samples.intent(1), samples.intent(2, state=IntentState.FILLED))

    assert await store.intent("sim", "c2") == samples.intent(2, state=IntentState.FILLED)
    assert await store.intent("other", "c2") is None


async def test_a_lifted_latch_does_not_boot(store: Store) -> None:
    await store.commit(samples.halt("system"), samples.halt("bot:b1"), urgent=True)
    await store.commit(samples.halt("system", closed=False), urgent=True)

    assert (await store.boot()).halts == [samples.halt("bot:b1")]


async def test_an_operation_is_read_by_id_and_boots_while_it_runs(store: Store) -> None:
    finished = samples.operation(2, state=OperationState.FAILED)
    await store.commit(samples.operation(1), finished)

    assert await store.operation("o2") == finished
    assert await store.operation("o3") is None
    assert (await store.boot()).running_operations == [samples.operation(1)]


async def test_equity_is_thinned_evenly_and_keeps_the_newest(store: Store) -> None:
    points = [samples.equity(at=NOW + timedelta(seconds=number), amount=str(number)) for number in range(100)]
    await store.commit(*points, samples.equity("b2"))
    thinned = await store.equity("b1", limit=10)

    assert [point.equity for point in thinned] == [Decimal(number) for number in range(9, 100, 10)]
    assert list(await store.equity("b1", since=NOW + timedelta(seconds=97))) == points[97:]
    assert list(await store.equity("b1", limit=100)) == points


async def test_equity_at_a_time_is_each_bots_last_point_by_then(store: Store) -> None:
    await store.commit(samples.record("b1"), samples.record("b2", slot=8), samples.record("b3", slot=9))
    early, at, late = (samples.equity(at=NOW + number * HOUR, amount=str(number)) for number in range(3))
    again, other = samples.equity(at=NOW + HOUR, amount="7"), samples.equity("b2", at=NOW - HOUR)
    await store.commit(late, early, at, again, other, samples.equity("b3", at=NOW + 2 * HOUR), samples.equity("deleted", at=NOW))

    assert await store.equity_at(NOW + HOUR) == {"b1": again, "b2": other}
    assert await store.equity_at(NOW - 2 * HOUR) == {}


async def test_equity_in_steps_is_the_last_point_of_each_for_the_bots_asked_for(store: Store) -> None:
    points = [samples.equity(at=NOW + timedelta(minutes=number), amount=str(number)) for number in range(10)]
    other = [samples.equity("b2", at=NOW + timedelta(minutes=number), amount="5") for number in (1, 8)]
    await store.commit(*points, *other, samples.equity("b3", at=NOW + timedelta(minutes=5)))
    found = await store.equity_steps(["b2", "b1"], since=NOW + timedelta(seconds=1), step=timedelta(minutes=4))

    assert list(found) == [points[4], points[8], points[9], *other]
    assert await store.equity_steps([], since=NOW, step=HOUR) == []


async def test_pruning_takes_what_is_past_its_time_and_never_what_is_open(store: Store) -> None:
    old = NOW - timedelta(days=10)
    await store.commit(*(samples.event("old", at=old) for _ in range(1200)), samples.event("new"))
    await store.commit(samples.equity(at=old), samples.equity())
    await store.commit(samples.intent(1, state=IntentState.ACKED, at=old), samples.intent(2, state=IntentState.FILLED, at=old))
    await store.commit(samples.intent(3, state=IntentState.FILLED), samples.fill(1, intent_id="i2"), samples.fill(2, intent_id="i3"))
    await store.commit(samples.answer("old", at=old), samples.answer("new"))
    await store.commit(samples.operation(1, at=old), samples.operation(2, at=old, state=OperationState.SUCCEEDED))
    await store.commit(samples.operation(3, state=OperationState.FAILED))
    day = timedelta(days=1)
    kept = await store.prune(Retention(events=None, equity=None, intents=None), now=NOW - 9 * day)
    gone = await store.prune(Retention(events=day, equity=day, intents=day), now=NOW)

    assert kept == 0
    assert gone == 1200 + 1 + 1 + 1 + 1 + 1
    assert [event.name for event in (await store.events(ALL)).items] == ["new"]
    assert list(await store.equity("b1")) == [samples.equity()]
    assert [intent.intent_id for intent in (await store.intents(ALL)).items] == ["i1", "i3"]
    assert [fill.intent_id for fill in (await store.fills(ALL)).items] == ["i3"]
    assert await store.answer("old") is None
    assert await store.answer("new") == samples.answer("new")
    assert [(await store.operation(f"o{number}")) is not None for number in (1, 2, 3)] == [True, False, True]


async def test_pruning_leaves_what_a_bot_has_been_worth_since(store: Store) -> None:
    """Else a bot that rests for longer than points are kept would have made all it ever made today."""
    await store.commit(samples.record("b1"), samples.record("b2", slot=8))
    days = [samples.equity(at=NOW - timedelta(days=number), amount=str(number)) for number in (9, 8, 5)]
    rests = [samples.equity("b2", at=NOW - timedelta(days=number)) for number in (9, 7)]
    await store.commit(*days, rests[1], rests[0], samples.equity("deleted", at=NOW - timedelta(days=9)), samples.equity())
    limit = Retention(events=None, equity=timedelta(days=2), intents=None)
    gone = [await store.prune(limit, now=NOW), await store.prune(limit, now=NOW)]

    assert gone == [4, 0]
    assert await store.equity_at(NOW - HOUR) == {"b1": days[2], "b2": rests[1]}
    assert await store.equity("deleted") == []
    assert list(await store.equity("b1")) == [days[2], samples.equity()]


async def test_numbers_of_pruned_events_are_not_given_again(store: Store) -> None:
    await store.commit(samples.event(at=NOW - 10 * HOUR))
    (pruned,) = (await store.events(ALL)).items
    await store.prune(Retention(events=HOUR), now=NOW)
    await store.commit(samples.event())
    (event,) = (await store.events(ALL)).items

    assert event.seq > pruned.seq


async def test_a_thread_commits_while_the_loop_is_stuck(store: Store) -> None:
    thread = threading.Thread(target=lambda: store.commit_blocking(samples.event("Stalled"), timeout_s=10))
    thread.start()
    thread.join(10)  # on the loop, hence the loop stands still

    assert not thread.is_alive()
    assert [event.name for event in (await store.events(ALL)).items] == ["Stalled"]


async def test_a_cancelled_caller_leaves_the_store_in_order(store: Store) -> None:
    doomed = asyncio.ensure_future(store.commit(samples.event("maybe")))
    await asyncio.sleep(0)
    doomed.cancel()
    await store.commit(samples.event("after"))

    assert [event.name for event in (await store.events(ALL)).items][-1] == "after"


async def test_an_empty_commit_returns_when_those_before_it_are_durable(store: Store) -> None:
    earlier = asyncio.ensure_future(store.commit(samples.event()))
    await asyncio.sleep(0)
    await store.commit()

    assert len((await store.events(ALL)).items) == 1
    await earlier


async def test_health_counts_commits(store: Store) -> None:
    await store.commit(samples.event())
    await store.commit(samples.event())
    health = store.health()

    assert health.commits == 2
    assert health.queue_depth == 0
    assert health.errors == 0
