"""Fixtures that every suite shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from e2e import chromium

settings.register_profile("same", derandomize=True, deadline=None)  # everyone who runs this commit gets the same answer
settings.register_profile("explore", deadline=None)  # STYRMAN_EXPLORE=1 looks for what no one has seen yet
settings.load_profile("explore" if os.environ.get("STYRMAN_EXPLORE") == "1" else "same")
_REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of real recorded market data; it lies beside the repository, not in it."""
    folder = Path(os.environ.get("STYRMAN_DATA") or _REPOSITORY.parent / "shared" / "data")
    if not (folder / "candles_1m").is_dir():
        pytest.skip(f"no recorded market data at {folder}; set STYRMAN_DATA to the folder that holds candles_1m")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly where the browser tests were not run: a skip among thousands of tests is not seen."""
    missing = chromium.missing()
    if missing is not None:
        terminalreporter.write_line(f"browser tests were not run: {missing}", yellow=True)
