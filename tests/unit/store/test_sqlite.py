"""SQLite for real: what is refused at the door, what a full disk does, and that only the writer writes."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.events import Event
from styrman.errors import ConfigInvalid, DatabaseUnreadable, HomeLocked, StoreFailed, Unavailable
from styrman.ports import Order, PageRequest
from styrman.store import sqlite
from styrman.store.repositories import SqlStore
from unit.store import samples

ALL = PageRequest(limit=1000, order=Order.OLDEST_FIRST)


@pytest.fixture
async def store(home: Settings) -> AsyncIterator[SqlStore]:
    opened = SqlStore(home, SystemClock())
    await opened.open()
    yield opened
    await opened.close()


async def refusal(home: Settings) -> str:
    """Return the sentence that a home is refused with, which must come within seconds."""
    store = SqlStore(home, SystemClock())
    began = time.monotonic()
    with pytest.raises(DatabaseUnreadable) as refused:
        await store.open()
    await store.close()

    assert time.monotonic() - began < 5
    assert "\n" not in refused.value.detail
    return refused.value.detail


def bulky(name: str) -> Event:
    return replace(samples.event(name), fields={"bulk": "x" * 100_000})


async def test_a_file_that_is_no_database_is_refused(home: Settings) -> None:
    (home.home / "styrman.db").write_text("dear diary, " * 1000)

    assert "file is not a database" in await refusal(home)


async def test_a_damaged_database_is_refused(home: Settings) -> None:
    store = SqlStore(home, SystemClock())
    await store.open()
    await store.commit(*(samples.event(str(number)) for number in range(2000)))
    await store.close()
    path = home.home / "styrman.db"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = os.urandom(20_000)
    path.write_bytes(content)

    assert "damaged" in await refusal(home) or "malformed" in await refusal(home)


async def test_another_programs_database_is_refused_and_left_alone(home: Settings) -> None:
    with closing(sqlite3.connect(home.home / "styrman.db")) as connection:
        connection.execute("CREATE TABLE bots (name TEXT)")

    assert "bots already exists" in await refusal(home)


async def test_a_folder_in_the_files_place_is_refused(home: Settings) -> None:
    (home.home / "styrman.db").mkdir()

    assert "unable to open database file" in await refusal(home)


async def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "file" / "home")
    (tmp_path / "file").write_text("")

    assert "Not a directory" in await refusal(settings)


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder of root's; the test is nobody."""
    folder = Path(tempfile.mkdtemp())
    os.seteuid(65_534)
    yield folder
    os.seteuid(0)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user for a moment")
async def test_a_home_without_permission_is_refused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    readable = Settings(home=tmp_path)
    settings = readable.model_copy(update={"home": request.getfixturevalue("forbidden") / "home"})

    assert "Permission denied" in await refusal(settings)


async def test_a_file_held_by_another_program_is_refused_in_time(home: Settings) -> None:
    with closing(sqlite3.connect(home.home / "styrman.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        assert "database is locked" in await refusal(home)


async def test_a_long_integrity_check_is_cut_short(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(home, SystemClock())
    await store.open()
    await store.commit(*(samples.event(str(number)) for number in range(2000)))
    await store.close()
    monkeypatch.setattr(sqlite, "_CHECK_S", 0.0)
    monkeypatch.setattr(sqlite, "_CHECK_STEPS", 1)
    again = SqlStore(home, SystemClock())
    await again.open()
    events = await again.events(ALL)
    await again.close()

    assert len(events.items) == 1000


async def test_a_second_store_on_the_same_home_is_told_who_holds_it(home: Settings, store: SqlStore) -> None:
    await store.commit(samples.event())
    second = SqlStore(home, SystemClock())
    with pytest.raises(HomeLocked, match=rf"is in use by process {os.getpid()} \(since 20"):
        await second.open()
    await second.close()

    await store.commit(samples.event())


async def test_the_home_is_free_again_after_a_close_and_after_a_refusal(home: Settings) -> None:
    (home.home / "styrman.db").write_text("no database" * 100)
    await refusal(home)
    (home.home / "styrman.db").unlink()
    for _ in range(2):
        store = SqlStore(home, SystemClock())
        await store.open()
        await store.close()


async def test_a_path_with_odd_characters_works(tmp_path: Path) -> None:
    store = SqlStore(Settings(home=tmp_path / "a b?c#d%20e'ö"), SystemClock())
    await store.open()
    await store.commit(samples.event())
    events = await store.events(ALL)
    await store.close()

    assert len(events.items) == 1


async def test_the_writer_syncs_every_commit_and_readers_cannot_write(store: SqlStore) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    def write(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM bots")

    database = store._database
    assert database._connection is not None
    assert pragmas(database._connection) == ["wal", 2, 1, 1500]
    with pytest.raises(Unavailable, match="attempt to write a readonly database"):
        await store._read(write)


async def test_a_full_disk_fails_the_commits_and_room_heals_them(store: SqlStore) -> None:
    """`max_page_count` makes SQLite's own SQLITE_FULL, as a full disk does; the next test fills a real file system."""
    await store.commit(samples.event("before"))
    connection = store._database._connection
    assert connection is not None
    driver = sqlite._driver(connection)
    (pages,) = driver.execute("PRAGMA page_count").fetchone()
    driver.execute(f"PRAGMA max_page_count = {pages + 10}")
    outcomes = await asyncio.gather(*(store.commit(bulky(str(number))) for number in range(5)), return_exceptions=True)
    errors = store.health().errors
    driver.execute("PRAGMA max_page_count = 1000000")
    await store.commit(samples.event("after"))

    assert all(isinstance(outcome, StoreFailed) and "full" in outcome.detail for outcome in outcomes)
    assert errors == 5
    assert [event.name for event in (await store.events(ALL)).items] == ["before", "after"]


def mount(*arguments: str) -> int:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True, timeout=10).returncode


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    if mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)) != 0:
        pytest.skip("no right to mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=10)


async def test_a_file_system_without_room_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk):
        store = SqlStore(Settings(home=disk), SystemClock())
        await store.open()
        names = [str(number) for number in range(60)]
        outcomes = await asyncio.gather(*(store.commit(bulky(name)) for name in names), return_exceptions=True)
        acknowledged = [name for name, outcome in zip(names, outcomes, strict=True) if outcome is None]
        full = [outcome for outcome in outcomes if outcome is not None]
        assert mount("-o", "remount,size=8m", str(disk)) == 0
        await store.commit(samples.event("after"))
        events = await store.events(ALL)
        health = store.health()
        await store.close()

    assert full
    assert all(isinstance(outcome, StoreFailed) for outcome in full)
    assert health.errors == len(full)
    assert sorted(event.name for event in events.items) == sorted([*acknowledged, "after"])


async def test_a_bot_that_this_version_cannot_read_does_not_stop_the_boot(home: Settings) -> None:
    store = SqlStore(home, SystemClock())
    await store.open()
    await store.commit(samples.record("b1"), samples.record("b2", slot=8), samples.record("b3", slot=9), samples.status("b3"))
    await store.close()
    with closing(sqlite3.connect(home.home / "styrman.db")) as connection, connection:
        connection.execute("UPDATE bots SET spec = json_set(spec, '$.hologram', 1) WHERE bot_id = 'b2'")
        connection.execute("UPDATE statuses SET observed = 'DREAMING' WHERE bot_id = 'b3'")
    await store.close()
    again = SqlStore(home, SystemClock())
    await again.open()
    boot = await again.boot()
    await again.close()

    assert [record.id for record, _ in boot.bots] == ["b1"]
    assert [(bot.bot_id, bot.slot) for bot in boot.unreadable] == [("b2", 8), ("b3", 9)]
    assert "hologram" in boot.unreadable[0].error
    assert "DREAMING" in boot.unreadable[1].error


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not a url"])
def test_a_database_of_another_kind_is_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigInvalid, match="database_url"):
        SqlStore(Settings.load(home=tmp_path, database_url=url), SystemClock())


async def test_an_open_that_was_cancelled_still_closes(home: Settings) -> None:
    store = SqlStore(home, SystemClock())
    opening = asyncio.ensure_future(store.open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await store.close()
    again = SqlStore(home, SystemClock())
    await again.open()
    await again.close()


async def test_the_size_counts_the_log_too(store: SqlStore, home: Settings) -> None:
    await store.commit(bulky("a"))
    parts = [path.stat().st_size for path in home.home.glob("styrman.db*") if path.suffix != ".db-shm"]

    assert store.health().size_bytes == sum(parts)
