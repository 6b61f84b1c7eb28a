"""What only PostgreSQL can do to us: another process on the same database, and a connection that breaks."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.errors import ConfigInvalid, DatabaseUnreadable, HomeLocked, StoreFailed
from styrman.ports import Order, PageRequest
from styrman.store.repositories import SqlStore
from unit.store import samples
from unit.store.postgres import empty

pytestmark = pytest.mark.postgresql
ALL = PageRequest(limit=1000, order=Order.OLDEST_FIRST)


@pytest.fixture
async def store(postgresql: str, tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = SqlStore(Settings.load(home=tmp_path / "one", database_url=postgresql), SystemClock())
    await opened.open()
    yield opened
    await opened.close()
    empty(postgresql)


def break_connections(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


async def test_a_second_home_on_the_same_database_is_told_who_holds_it(store: SqlStore, postgresql: str, tmp_path: Path) -> None:
    await store.commit(samples.event())
    second = SqlStore(Settings.load(home=tmp_path / "two", database_url=postgresql), SystemClock())
    with pytest.raises(HomeLocked, match=rf"in use by styrman process {os.getpid()} on .*since 20"):
        await second.open()
    await second.close()


async def test_a_broken_connection_fails_its_commit_and_the_next_finds_a_new_one(store: SqlStore, postgresql: str) -> None:
    await store.commit(samples.event("before"))
    await asyncio.to_thread(break_connections, postgresql)
    with pytest.raises(StoreFailed):
        await store.commit(samples.event("lost"))
    await store.commit(samples.event("after"))
    names = [event.name for event in (await store.events(ALL)).items]

    assert names == ["before", "after"]


async def test_after_a_break_the_lock_is_held_again(store: SqlStore, postgresql: str, tmp_path: Path) -> None:
    await asyncio.to_thread(break_connections, postgresql)
    with pytest.raises(StoreFailed):
        await store.commit(samples.event("lost"))
    await store.commit(samples.event("after"))
    second = SqlStore(Settings.load(home=tmp_path / "two", database_url=postgresql), SystemClock())
    with pytest.raises(HomeLocked):
        await second.open()
    await second.close()


async def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://ann:secret@127.0.0.1:1/none"
    store = SqlStore(Settings.load(home=tmp_path, database_url=url), SystemClock())
    with pytest.raises(DatabaseUnreadable) as refused:
        await store.open()
    await store.close()

    assert "secret" not in refused.value.detail
    assert "ann:***@127.0.0.1:1/none" in refused.value.detail
    assert "\n" not in refused.value.detail


def test_without_the_extra_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigInvalid, match=r"pip install 'styrman\[postgresql\]'"):
        SqlStore(Settings.load(home=tmp_path, database_url="postgresql://127.0.0.1/x"), SystemClock())
