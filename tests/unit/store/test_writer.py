"""The writer thread by itself, over a scripted database: order, bounds, isolation, and what happens when it dies."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from styrman.errors import DatabaseUnreadable, StoreFailed
from styrman.store.statements import Statement, Step
from styrman.store.writer import MAX_STEPS, Writer

_STATEMENT = Statement("t", "INSERT")


def step(name: str) -> Step:
    return _STATEMENT, (name,)


class ScriptedDatabase:
    """Keeps the transactions it was given. Each needs a permit while it is `hold`ing; `fail` may raise before one is kept."""

    def __init__(self) -> None:
        self.transactions: list[list[object]] = []
        self.permits = threading.Semaphore(0)
        self.arrived = threading.Semaphore(0)
        self.is_holding = False
        self.fail: Callable[[list[object]], None] = lambda _names: None
        self.refusal: Exception | None = None
        self.is_open = False

    @contextmanager
    def opened(self) -> Iterator[None]:
        if self.refusal:
            raise self.refusal
        self.is_open = True
        yield
        self.is_open = False

    def let_go(self) -> None:
        self.is_holding = False
        self.permits.release()

    def write(self, steps: Iterable[Step]) -> None:
        names = [values[0] for _, values in steps]
        self.arrived.release()
        if self.is_holding:
            assert self.permits.acquire(timeout=10)
        self.fail(names)
        self.transactions.append(names)


@pytest.fixture
def database() -> ScriptedDatabase:
    return ScriptedDatabase()


@pytest.fixture
async def writer(database: ScriptedDatabase) -> AsyncIterator[Writer]:
    started = Writer(database)
    await started.start()
    yield started
    database.let_go()
    await started.stop()


async def queued(writer: Writer, *names: str, urgent: bool = False) -> asyncio.Task[None]:
    """Queue a commit; return what waits for it."""
    task = asyncio.create_task(writer.write([step(name) for name in names], urgent=urgent), name=f"commit:{names[0]}")
    await asyncio.sleep(0)
    return task


async def held(database: ScriptedDatabase, writer: Writer) -> asyncio.Task[None]:
    """Have the writer busy with a transaction until it is let go."""
    database.is_holding = True
    task = await queued(writer, "first")
    assert database.arrived.acquire(timeout=10)
    return task


async def test_what_waits_is_written_together_urgent_first(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    others = [await queued(writer, name) for name in ("a", "b")]
    others.append(await queued(writer, "latch", urgent=True))
    database.let_go()
    await asyncio.gather(first, *others)

    assert database.transactions == [["first"], ["latch", "a", "b"]]


async def test_an_urgent_commit_waits_for_one_batch_at_most(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    flood = [await queued(writer, *(["flood"] * 100)) for _ in range(3 * MAX_STEPS // 100)]
    database.permits.release()
    assert database.arrived.acquire(timeout=10)  # the first batch of the flood is being written
    urgent = await queued(writer, "latch", urgent=True)
    database.let_go()
    await asyncio.gather(first, *flood, urgent)
    batches = [len(names) for names in database.transactions]

    assert max(batches) < MAX_STEPS + 100  # the commit that reaches the bound is the last one taken
    assert ["latch" in names for names in database.transactions] == [False, False, True, False]


async def test_one_hop_tells_a_whole_batch(database: ScriptedDatabase, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    hops: list[object] = []
    original = loop.call_soon_threadsafe

    def hop(callback: Callable[[], None]) -> asyncio.Handle:
        hops.append(callback)
        return original(callback)

    monkeypatch.setattr(loop, "call_soon_threadsafe", hop)
    first = await held(database, writer)
    others = [await queued(writer, str(number)) for number in range(100)]
    database.let_go()
    await asyncio.gather(first, *others)

    assert len(hops) == 2


async def test_only_the_culprits_of_a_batch_fail(database: ScriptedDatabase, writer: Writer) -> None:
    def refuse(names: list[object]) -> None:
        if {"13", "77"} & set(names):
            raise ValueError("bad row")

    first = await held(database, writer)
    others = [await queued(writer, str(number)) for number in range(100)]
    database.fail = refuse
    database.let_go()
    await first
    outcomes = await asyncio.gather(*others, return_exceptions=True)
    written = [name for names in database.transactions for name in names]

    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, StoreFailed)] == [13, 77]
    assert written == ["first", *(str(number) for number in range(100) if number not in (13, 77))]
    assert writer.health(0).errors == 2


async def test_a_batch_whose_connection_broke_is_not_sent_again(database: ScriptedDatabase, writer: Writer) -> None:
    """What it carried may have been committed just before the connection broke: events would be there twice."""
    attempts: list[list[object]] = []

    def break_down(names: list[object]) -> None:
        attempts.append(names)
        raise OperationalError("INSERT", None, Exception("server closed the connection"), connection_invalidated=True)

    first = await held(database, writer)
    others = [await queued(writer, str(number)) for number in range(10)]
    database.fail = break_down
    database.let_go()
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)

    assert [len(names) for names in attempts] == [1, 10]
    assert all(isinstance(outcome, StoreFailed) for outcome in outcomes)


async def test_stop_writes_what_is_queued_and_then_closes(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    second = await queued(writer, "second")
    stopping = asyncio.create_task(writer.stop())
    await asyncio.sleep(0)
    with pytest.raises(StoreFailed, match="closed"):
        await writer.write([step("late")], urgent=False)
    database.let_go()
    await asyncio.gather(first, second, stopping)

    assert database.transactions == [["first"], ["second"]]
    assert not database.is_open


async def test_a_refusal_to_open_reaches_the_caller_and_stop_is_harmless(database: ScriptedDatabase) -> None:
    database.refusal = DatabaseUnreadable("damaged")
    writer = Writer(database)
    await Writer(database).stop()
    with pytest.raises(DatabaseUnreadable, match="damaged"):
        await writer.start()
    await writer.stop()

    with pytest.raises(StoreFailed, match="closed"):
        writer.write_blocking([step("a")], timeout_s=1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_commits_fail_when_the_writer_dies(database: ScriptedDatabase, writer: Writer) -> None:
    def die(names: list[object]) -> None:
        raise SystemExit(str(names))

    first = await held(database, writer)
    second = await queued(writer, "second")
    database.fail = die
    database.let_go()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StoreFailed, StoreFailed]
    with pytest.raises(StoreFailed):
        await writer.write([step("a")], urgent=True)


async def test_a_blocking_commit_that_is_not_confirmed_in_time_says_so(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    with pytest.raises(StoreFailed, match=r"may still be written"):
        writer.write_blocking([step("slow")], timeout_s=0.01)
    database.let_go()
    await first
    await writer.write([], urgent=False)

    assert ["slow"] in database.transactions


async def test_a_cancelled_caller_does_not_disturb_its_batch(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    doomed, other = await queued(writer, "doomed"), await queued(writer, "other")
    doomed.cancel()
    database.let_go()
    await asyncio.gather(first, other)

    assert doomed.cancelled()
    assert database.transactions[1] == ["doomed", "other"]
    assert writer.health(0).queue_depth == 0


async def test_the_queue_depth_counts_what_is_in_hand(database: ScriptedDatabase, writer: Writer) -> None:
    first = await held(database, writer)
    second = await queued(writer, "second")
    depth = writer.health(0).queue_depth
    database.let_go()
    await asyncio.gather(first, second)

    assert depth == 2
    assert writer.health(0).queue_depth == 0
