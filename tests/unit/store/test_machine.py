"""A random history of commits, failing ones, deletions, prunings and reopenings: the database ends up like the model."""

import asyncio
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.events import Event
from styrman.domain.orders import IntentState
from styrman.domain.records import BotRemoved, Row
from styrman.errors import StoreFailed
from styrman.ports import Order, PageRequest, Retention, Store
from styrman.store.memory import MemoryStore
from styrman.store.repositories import SqlStore
from unit.store import samples

T = TypeVar("T")

BOT_IDS = st.sampled_from(["b1", "b2", "b3"])
AGES = st.integers(0, 5).map(lambda days: samples.NOW - timedelta(days=days))
NUMBERS = st.integers(1, 6)
ROWS: st.SearchStrategy[Row] = st.one_of(
    st.builds(samples.record, BOT_IDS, slot=st.integers(0, 3), generation=NUMBERS),
    st.builds(samples.status, BOT_IDS, epoch=NUMBERS),
    st.builds(samples.memory, BOT_IDS),
    st.builds(samples.holding, BOT_IDS, st.sampled_from(["BTC/USDT", "ETH/USDT"])),
    st.builds(BotRemoved, bot_id=BOT_IDS),
    st.builds(samples.intent, NUMBERS, bot_id=BOT_IDS, state=st.sampled_from(IntentState), at=AGES),
    st.builds(samples.fill, NUMBERS, bot_id=BOT_IDS, intent_id=NUMBERS.map("i{}".format)),
    st.builds(samples.event, st.text(max_size=3), bot_id=BOT_IDS, at=AGES),
    st.builds(samples.equity, BOT_IDS, at=AGES),
    st.builds(samples.halt, st.sampled_from(["system", "bot:b1"]), closed=st.booleans()),
    st.builds(samples.counters, st.integers(0, 2), st.binary(max_size=8)),
    st.builds(samples.answer, st.sampled_from("kl"), at=AGES),
    st.builds(samples.operation, NUMBERS, at=AGES),
)
COMMITS = st.lists(ROWS, max_size=6)


async def everything(store: Store) -> list[object]:
    page = PageRequest(limit=1000, order=Order.OLDEST_FIRST)
    events: list[Event] = list((await store.events(page)).items)
    return [
        await store.boot(),
        samples.unnumbered(events),
        list((await store.intents(page)).items),
        list((await store.fills(page)).items),
        [list(await store.equity(bot_id, limit=3)) for bot_id in ("b1", "b2", "b3")],
        [await store.answer(key) for key in "kl"],
        [await store.operation(f"o{number}") for number in range(1, 7)],
    ]


class StoreMachine(RuleBasedStateMachine):
    """Does everything to a database and to the store in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = Path(tempfile.mkdtemp())
        self.model = MemoryStore()

    @initialize()
    def first_boot(self) -> None:
        self.store = SqlStore(Settings(home=self.home), SystemClock())
        self.runner.run(self.store.open())

    @rule(rows=COMMITS)
    def commit(self, rows: list[Row]) -> None:
        self.runner.run(self.store.commit(*rows))
        self.runner.run(self.model.commit(*rows))

    @rule(rows=COMMITS, number=NUMBERS)
    def commit_a_second_intent_for_an_order(self, rows: list[Row], number: int) -> None:
        twin = replace(samples.intent(number), intent_id="twin")
        both = (samples.intent(number), twin, *rows)
        for store in (self.store, self.model):
            try:
                self.runner.run(store.commit(*rows, *both))
            except StoreFailed:
                continue
            raise AssertionError("two intents share an order")

    @rule(commits=st.lists(COMMITS, max_size=5))
    def commit_at_once(self, commits: list[list[Row]]) -> None:
        async def at_once(store: Store) -> None:
            await asyncio.gather(*(store.commit(*rows) for rows in commits))

        self.runner.run(at_once(self.store))
        self.runner.run(at_once(self.model))

    @rule(days=st.integers(1, 4))
    def prune(self, days: int) -> None:
        span = timedelta(days=days, hours=12)
        retention = Retention(events=span, equity=span, intents=span)
        pruned = self.runner.run(self.store.prune(retention, now=samples.NOW))

        assert pruned == self.runner.run(self.model.prune(retention, now=samples.NOW))

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.store.close())
        self.first_boot()

    @invariant()
    def the_database_is_like_the_model(self) -> None:
        assert self.runner.run(everything(self.store)) == self.runner.run(everything(self.model))

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.home)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
