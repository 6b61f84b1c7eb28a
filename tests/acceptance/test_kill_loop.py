"""The real service on a real exchange's protocol, with faults on, killed at random moments between deciding and hearing the answer.

After each kill the journal is compared with the exchange's own books: no order lost, none sent twice; at the end none stuck.
`STYRMAN_KILLS=300` (what CI runs) or 10,000 kills more often; `STYRMAN_SEED` repeats the choice of moments.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acceptance.kills.lane import Lane
from acceptance.kills.plants import PLANTS

KILLS = int(os.environ.get("STYRMAN_KILLS", "24"))
SEED = int(os.environ.get("STYRMAN_SEED", "9"))
LANES = 2  # at once, each with a testnet and a home of its own
KILLS_FOR_A_PLANT = 300


def run(folder: Path, seed: int, kills: int) -> Lane:
    """Kill so often; return what was found."""
    folder.mkdir()
    with Lane(folder, seed) as lane:
        for _ in range(kills):
            lane.kill_once()
            if lane.problems:
                return lane
        lane.rest()
    return lane


def test_no_kill_loses_an_order_or_sends_one_twice(tmp_path: Path) -> None:
    with ThreadPoolExecutor(LANES) as pool:
        lanes = list(pool.map(lambda number: run(tmp_path / f"lane{number}", SEED + number, KILLS // LANES), range(LANES)))

    assert [problem for lane in lanes for problem in lane.problems] == []
    assert sum(lane.kills for lane in lanes) == KILLS // LANES * LANES
    # Else the kills came where nothing was under way, and prove nothing.
    assert sum(lane.kills_while_busy for lane in lanes) >= KILLS / 10
    assert all(lane.intents > lane.kills for lane in lanes)


@pytest.mark.parametrize("plant", PLANTS)
def test_the_loop_finds_a_planted_bug(plant: str, tmp_path: Path) -> None:
    with Lane(tmp_path, SEED, plant) as lane:
        while not lane.problems and lane.kills < KILLS_FOR_A_PLANT:
            lane.kill_once()

    assert lane.problems, f"{lane.kills} kills, and nothing was found"
