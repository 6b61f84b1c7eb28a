"""Fixtures that every suite shares."""

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of real recorded market data; it lies beside the repository, not in it."""
    folder = Path(os.environ.get("STYRMAN_DATA") or _REPOSITORY.parent / "shared" / "data")
    if not (folder / "candles_1m").is_dir():
        pytest.skip(f"no recorded market data at {folder}; set STYRMAN_DATA to the folder that holds candles_1m")
    return folder
