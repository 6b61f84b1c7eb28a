"""A home with a database in it, on either kind of server, and a way to open it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from styrman.config import Settings
from unit.store.postgres import own_database


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Settings for SQLite in a folder of its own."""
    return Settings(home=tmp_path)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL database of the module's own."""
    with own_database() as url:
        yield url
