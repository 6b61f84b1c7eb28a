"""`kill -9` at a random moment: every commit that was acknowledged is there afterwards, whole, and none twice."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.ports import Order, PageRequest
from styrman.store.repositories import SqlStore

# Commits pairs of events as fast as it can, eight at a time, and says each number once its commit has returned.
CHILD = """
import asyncio, itertools, os, sys
from datetime import UTC, datetime
from pathlib import Path
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.events import Event, EventKind
from styrman.store.repositories import SqlStore

def pair(number):
    at = datetime.now(UTC)
    return [Event(kind=EventKind.SYSTEM, name=f"{number}{half}", at=at) for half in "ab"]

async def commit(store, numbers):
    for number in numbers:
        await store.commit(*pair(number))
        os.write(1, b"%d\\n" % number)

async def main():
    store = SqlStore(Settings(home=Path(sys.argv[1])), SystemClock())
    await store.open()
    numbers = itertools.count(int(sys.argv[2]))
    await asyncio.gather(*(commit(store, numbers) for _ in range(8)))

asyncio.run(main())
"""


def acknowledged_before_kill(home: Path, first: int, lines: int) -> list[int]:
    """Run the child, kill it after it has said some numbers, return all that it said."""
    with subprocess.Popen([sys.executable, "-c", CHILD, str(home), str(first)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(lines)]
        os.kill(child.pid, signal.SIGKILL)
        said += [int(line) for line in child.stdout.read().splitlines() if line.isdigit()]
        return said


async def events(home: Path) -> list[str]:
    store = SqlStore(Settings(home=home), SystemClock())
    await store.open()
    page = await store.events(PageRequest(limit=1_000_000, order=Order.OLDEST_FIRST))
    await store.close()
    return [event.name for event in page.items]


@pytest.mark.parametrize("seed", range(2))
async def test_every_acknowledged_commit_survives_a_kill(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a choice of moments, not a secret
    said: list[int] = []
    for life in range(2):
        said += acknowledged_before_kill(tmp_path, life * 1_000_000, chance.randrange(1, 800))
    kept = await events(tmp_path)

    assert {f"{number}{half}" for number in said for half in "ab"} <= set(kept)
    assert len(kept) == len(set(kept))
    assert {name[:-1] for name in kept if name.endswith("a")} == {name[:-1] for name in kept if name.endswith("b")}
