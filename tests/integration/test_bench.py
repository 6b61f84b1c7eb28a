"""The benchmarks run, and show every row of the design's table. How fast anything is, is not asked here."""

import subprocess
import sys
from pathlib import Path

import pytest

from e2e.chromium import missing

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_S = 300.0
ROWS = (
    "memory per idle bot",
    "bots at 1 Hz, share of a core",
    "bots at 1 Hz, p99 late",
    "service idle, no bots",
    "service with the three demo bots",
    "start to RUNNING",
    "bulk start",
    "ready again",
    "all RUNNING",
    "GET one bot",
    "20 streams of",
    "GET /fleet",
    "indicators, all decided",
    "indicators, loop lag",
    "decide, journal, send",
    "limiter, an acquire among 10",
    "limiter, an acquire among 10,000",
    "subscriptions to candles",
    "exchange's streams, share of a core",
    "exchange's bots, memory of one",
)
IN_A_BROWSER = ("first useful paint", "fleet page at rest", "first load", "a bot's page beside it", "scrolling through all bots")


@pytest.mark.acceptance
def test_the_quick_table_shows_every_row() -> None:
    table = [sys.executable, "-m", "bench", "--quick"]
    done = subprocess.run(table, cwd=REPOSITORY, capture_output=True, text=True, timeout=LIMIT_S, check=False)

    assert done.returncode == 0, done.stderr
    rows = ROWS if missing() else (*ROWS, *IN_A_BROWSER)
    assert [row for row in rows if row not in done.stdout] == []
    assert max(map(len, done.stdout.splitlines())) <= 120
