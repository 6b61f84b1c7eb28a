"""The power fails: whatever was not synced is lost or torn, and not one intent that the store acknowledged is missing.

The real store runs once under a recorder of all that it writes; the cuts are played on the recording, at random moments.
`STYRMAN_CUTS=10000` plays more of them than the five hundred; `STYRMAN_SEED` repeats the choice.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.power.recording import Disk, Step, build_recorder, read_record
from acceptance.service import environment
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.orders import IntentState
from styrman.store.repositories import SqlStore

CUTS = int(os.environ.get("STYRMAN_CUTS", "500"))
SEED = int(os.environ.get("STYRMAN_SEED", "9"))
INTENTS = 400
BOOTED = 25  # each so many-th cut the real store opens; the others are read with SQLite alone
CHILD = Path(__file__).with_name("power") / "committing.py"
LIFE = (IntentState.SENDING, IntentState.ACKED, IntentState.FILLED)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="the recorder is a preloaded library: it wants Linux and a C compiler"
)


def record(folder: Path, synchronous: str) -> list[Step]:
    """Run the store once; return all that it wrote."""
    home = folder / "home"
    home.mkdir()
    recorded = {"LD_PRELOAD": str(build_recorder(folder)), "RECORDED_FOLDER": str(home), "RECORD": str(folder / "record")}
    subprocess.run([sys.executable, str(CHILD), str(home), str(INTENTS), synchronous], env=environment(**recorded), check=True, timeout=120)
    return list(read_record(folder / "record"))


@dataclass
class Aftermath:
    """The home folder as a start after the cut finds it, and what had been said by then."""

    home: Path
    said: dict[str, IntentState]  # the last state said of each intent
    problems: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Note what is lost."""
        with closing(sqlite3.connect(self.home / "styrman.db")) as database:
            if (verdict := database.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                self.problems.append(f"the database is damaged: {verdict}")
            try:
                found = dict(database.execute("SELECT intent_id, state FROM intents").fetchall())
                trades = {name for (name,) in database.execute("SELECT trade_id FROM fills").fetchall()}
            except sqlite3.DatabaseError as error:
                self.problems.append(f"the journal can't be read: {error}")
                return
        for intent_id, state in self.said.items():
            kept = found.get(intent_id)
            if kept is None or LIFE.index(IntentState(kept)) < LIFE.index(state):
                self.problems.append(f"{intent_id} was said to be {state} and is {kept}")
            if state is IntentState.FILLED and f"t{intent_id}" not in trades:
                self.problems.append(f"the fill of {intent_id} is lost")

    async def boot(self) -> None:
        """Let the real store open: it must come up, and know the open intents."""
        store = SqlStore(Settings(home=self.home), SystemClock())
        await store.open()
        still_open = {intent.intent_id for intent in (await store.boot()).open_intents}
        await store.close()
        self.problems += [f"{name} was said to be FILLED and is open" for name in still_open if self.said.get(name, LIFE[0]).is_final]


def cuts(steps: list[Step], folder: Path, count: int) -> Iterator[Aftermath]:
    """Yield the aftermath of so many cuts at random moments after the first word, in the order of time."""
    chance = random.Random(SEED)  # noqa: S311 - a choice of moments, not a secret
    began = next(number for number, step in enumerate(steps) if step.path.endswith("/said") and step.kind == "w")
    moments = sorted(chance.randrange(began, len(steps)) for _ in range(count))
    disk, said, done = Disk(), dict[str, IntentState](), 0
    for number, moment in enumerate(moments):
        for step in steps[done : moment + 1]:
            disk.take(step)
            if step.path.endswith("/said") and step.kind == "w":
                name, state = step.content.decode().split()
                said[name] = IntentState(state)
        done = moment + 1
        home = folder / f"cut{number}"
        home.mkdir()
        for path, content in disk.cut(chance).items():
            if Path(path).name.startswith("styrman.db"):
                (home / Path(path).name).write_bytes(content)
        yield Aftermath(home, dict(said))
        shutil.rmtree(home)


async def test_no_acknowledged_intent_is_lost_in_five_hundred_power_cuts(tmp_path: Path) -> None:
    for number, aftermath in enumerate(cuts(record(tmp_path, "FULL"), tmp_path, CUTS)):
        if number % BOOTED == 0:
            await aftermath.boot()
        aftermath.look()

        assert not aftermath.problems, (number, SEED, aftermath.problems[:3])


def test_a_store_that_does_not_sync_each_commit_is_caught(tmp_path: Path) -> None:
    """The planted bug: in WAL mode, NORMAL syncs at checkpoints alone."""
    for aftermath in cuts(record(tmp_path, "NORMAL"), tmp_path, CUTS):
        aftermath.look()
        if aftermath.problems:
            return

    pytest.fail(f"{CUTS} power cuts, and nothing was found to be lost")
