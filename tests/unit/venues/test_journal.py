"""The journal's thread: order, durability, and what happens where it can't write."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from styrman.errors import VenueUnavailable
from styrman.venues.simulation.journal import Job, Journal


def write(number: int) -> Job[int]:
    def job(connection: sqlite3.Connection) -> int:
        connection.execute("CREATE TABLE IF NOT EXISTS t (n)")
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return job


def failing(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO nowhere VALUES (1)")


def stored(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return [number for (number,) in connection.execute("SELECT n FROM t")]
    finally:
        connection.close()


async def test_what_is_answered_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "venue" / "account.sqlite"
    journal = Journal(path, on_failure=lambda _: None)

    await journal.submit(write(1))

    assert stored(path) == [1]
    await journal.close()


async def test_jobs_are_done_and_told_in_order(tmp_path: Path) -> None:
    path, told = tmp_path / "account.sqlite", list[int]()
    journal = Journal(path, on_failure=lambda _: None)

    await asyncio.gather(*(journal.submit(write(n), told.append) for n in range(2000)))

    assert told == stored(path) == list(range(2000))
    await journal.close()


async def test_news_are_told_though_the_caller_was_cancelled(tmp_path: Path) -> None:
    path, told = tmp_path / "account.sqlite", list[int]()
    journal = Journal(path, on_failure=lambda _: None)

    journal.submit(write(1), told.append).cancel()
    await journal.submit(write(2), told.append)

    assert told == stored(path) == [1, 2]
    await journal.close()


async def test_close_finishes_what_was_submitted(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    journal = Journal(path, on_failure=lambda _: None)
    waiting = [journal.submit(write(n)) for n in range(1500)]

    await journal.close()

    assert [await future for future in waiting] == stored(path) == list(range(1500))


async def test_a_failed_commit_writes_nothing_of_its_batch_and_latches(tmp_path: Path) -> None:
    path, failures = tmp_path / "account.sqlite", list[VenueUnavailable]()
    journal = Journal(path, on_failure=failures.append)
    await journal.submit(write(1))

    outcomes = await asyncio.gather(journal.submit(failing), journal.submit(write(2)), return_exceptions=True)

    assert all("account.sqlite can't be written: no such table" in str(outcome) for outcome in outcomes)

    with pytest.raises(VenueUnavailable):
        journal.submit(write(3))
    assert failures
    assert stored(path) == [1]
    await journal.close()


async def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    path.write_bytes(b"not a database at all, but long enough to look at" * 20)
    journal = Journal(path, on_failure=lambda _: None)

    with pytest.raises(VenueUnavailable, match="not a database"):
        await journal.submit(write(1))

    await journal.close()


async def test_idle_is_told_once_all_is_durable(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "account.sqlite", on_failure=lambda _: None)
    idle = asyncio.Event()
    journal.on_idle = idle.set
    journal.submit(write(1))
    busy = journal.is_idle

    async with asyncio.timeout(5):
        await idle.wait()

    assert not busy
    assert journal.is_idle
    await journal.close()
