"""How pages are found: through an index or along the journal itself, never by sorting what there is."""

import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, event

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.orders import IntentState
from styrman.ports import EventFilter, Order, OrderFilter, PageRequest
from styrman.store.filters import of_events, of_fills, of_intents
from styrman.store.kept import Kept
from styrman.store.paging import MOST_WAYS, Where, page
from styrman.store.repositories import SqlStore
from styrman.store.tables import EVENTS, FILLS, INTENTS
from unit.store import samples

R = TypeVar("R")

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)"
STATE = "CASE WHEN n % 25000 = 0 THEN 'ACKED' WHEN n % 2 THEN 'CANCELED' ELSE 'FILLED' END"
OPEN = tuple(state for state in IntentState if not state.is_final)
PAGE = PageRequest(limit=100)
FULL = [
    OrderFilter(),
    OrderFilter(bots=["b1", "b2", "b3"]),
    OrderFilter(bots=["b1"], accounts=["sim"], instruments=["BTC/USDT"]),
    OrderFilter(states=["FILLED", "CANCELED"], accounts=["sim"]),
    OrderFilter(instruments=["BTC/USDT"], states=["FILLED"]),
    OrderFilter(accounts=["sim"]),
]
FEW = {
    OrderFilter(states=OPEN): 4,
    OrderFilter(bots=("b0",), states=OPEN): 4,
    OrderFilter(instruments=("ETH/USDT",)): 0,
    OrderFilter(accounts=("nowhere",)): 0,
    OrderFilter(bots=("nobody",), states=("FILLED",)): 0,
}


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[SqlStore]:
    store = SqlStore(settings, SystemClock())
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with opened(Settings(home=tmp_path)) as made:
        yield made


def counted(connection: Connection, kept: Kept[R], where: Where) -> tuple[Sequence[R], int]:
    """Return a page, and how many thousand steps SQLite's machine took for it."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(step, 1000)
    found = page(connection, kept, PAGE, where)
    driver.set_progress_handler(None, 0)
    return found.items, steps


async def plans(store: SqlStore, kept: Kept[object], where: Where, request: PageRequest) -> list[str]:
    """Return how SQLite goes about every query of a page."""

    def explain(connection: Connection) -> list[str]:
        asked: list[tuple[str, Sequence[object]]] = []

        def note(*told: object) -> None:
            asked.append((str(told[2]), told[3]))  # type: ignore[arg-type] # the statement and its parameters

        event.listen(connection, "before_cursor_execute", note)
        page(connection, kept, request, where)
        event.remove(connection, "before_cursor_execute", note)
        found = (connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", tuple(given)) for query, given in asked)
        return [str(row.detail) for rows in found for row in rows]

    return await store._read(explain)


@pytest.mark.parametrize(
    ("kept", "where", "way"),
    [
        (INTENTS, of_intents(OrderFilter()), None),
        (INTENTS, of_intents(OrderFilter(bots=["b1"])), "intents_bot"),
        (INTENTS, of_intents(OrderFilter(bots=["b1", "b2"], states=["FILLED"], instruments=["BTC/USDT"])), "intents_bot"),
        (INTENTS, of_intents(OrderFilter(bots=["b1"], states=OPEN)), "intents_state"),
        (INTENTS, of_intents(OrderFilter(states=["FILLED", "CANCELED"])), "intents_state"),
        (INTENTS, of_intents(OrderFilter(instruments=["BTC/USDT"], accounts=["sim"])), "intents_instrument"),
        (INTENTS, of_intents(OrderFilter(accounts=["sim"])), "intents_account"),
        (INTENTS, of_intents(OrderFilter(bots=[str(number) for number in range(MOST_WAYS + 1)])), None),
        (INTENTS, of_intents(OrderFilter(text="abc")), None),
        (FILLS, of_fills(OrderFilter(bots=["b1"])), "fills_bot"),
        (FILLS, of_fills(OrderFilter(instruments=["BTC/USDT"])), "fills_instrument"),
        (FILLS, of_fills(OrderFilter(accounts=["sim"])), "fills_account"),
        (EVENTS, of_events(EventFilter(kinds=["command", "order"], actor="ann")), "events_kind"),
        (EVENTS, of_events(EventFilter(kinds=["command"], names=["start"])), "events_name"),
        (EVENTS, of_events(EventFilter(bots=["b1"], kinds=["command"], since=samples.NOW, until=samples.NOW)), "events_bot"),
    ],
)
@pytest.mark.parametrize("asked_for", [PageRequest(cursor=cursor, order=order) for cursor in (None, 3) for order in Order])
async def test_a_page_is_found_without_a_scan_and_without_a_sort(
    store: SqlStore, kept: Kept[object], where: Where, way: str | None, asked_for: PageRequest
) -> None:
    await store.commit(samples.intent(), samples.fill(), samples.event(), samples.intent(2), samples.fill(2), samples.event())
    told = await plans(store, kept, where, asked_for)

    assert not [step for step in told if "TEMP B-TREE" in step]
    if way is not None:
        assert [step for step in told if re.search(rf"USING (COVERING )?INDEX {way} ", step)]
        assert not [step for step in told if re.search("^SCAN .* INDEX", step)]


async def test_a_page_of_a_hundred_thousand_orders_is_found_in_few_steps(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine, which are the same on every machine: a scan of all rows takes a million and more."""
    settings = Settings(home=tmp_path)
    async with opened(settings) as store:
        await store.commit(samples.intent(state=IntentState.FILLED))
    with closing(sqlite3.connect(tmp_path / "styrman.db")) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(intents)") if row[1] != "seq"]
        made = {"intent_id": "'n' || n", "client_order_id": "'n' || n", "bot_id": "'b' || (n % 500)", "state": STATE}
        values = ", ".join(made.get(name, name) for name in columns)
        connection.execute(f"{NUMBERS} INSERT INTO intents ({', '.join(columns)}) SELECT {values} FROM numbers, intents WHERE seq = 1")  # noqa: S608 - our own names
    async with opened(settings) as store:
        for where, expected in [*((where, 100) for where in FULL), *FEW.items()]:
            found, steps = await store._read(partial(counted, kept=INTENTS, where=of_intents(where)))

            assert (len(found), where) == (expected, where)
            assert (steps < 100, where) == (True, where)


async def test_bisection_finds_the_span_of_time_though_the_clock_was_set_back(store: SqlStore) -> None:
    """A wall clock that went back by less than an hour hides no row: the bounds are wider, and the condition itself is exact."""
    assert (await store.events(PAGE, EventFilter(since=samples.NOW, until=samples.NOW))).items == []
    offsets = [0, 10, 20, -25, -20, 30, 40, 100, 200, 300]
    await store.commit(*(samples.event(str(each), at=samples.NOW + timedelta(minutes=each)) for each in offsets))
    for since in (-30, -25, 0, 15, 100, 400):
        for until in (-30, -20, 5, 35, 250, 400):
            first, last = samples.NOW + timedelta(minutes=since), samples.NOW + timedelta(minutes=until)
            found = await store.events(PAGE, EventFilter(since=first, until=last))

            assert [event.name for event in found.items] == [str(each) for each in reversed(offsets) if since <= each <= until]


async def test_a_span_of_time_is_found_without_walking_to_it(store: SqlStore) -> None:
    hour = timedelta(hours=1)
    await store.commit(*(samples.event(str(number), at=samples.NOW + number * hour) for number in range(2000)))
    span = EventFilter(since=samples.NOW + 100 * hour, until=samples.NOW + 103 * hour)
    found, steps = await store._read(partial(counted, kept=EVENTS, where=of_events(span)))

    assert [each.name for each in found] == ["103", "102", "101", "100"]
    assert steps < 10
