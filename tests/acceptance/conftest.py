"""Every acceptance test runs real processes on homes of its own. `STYRMAN_KILLS` and `STYRMAN_SOAK_S` make two of them longer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from acceptance.service import Service

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here as what it is."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Return what makes a service with this config.toml, not started yet; killed at the end."""
    with ExitStack() as stack:

        def make(config: str = "", *, home: Path = tmp_path / "home") -> Service:
            return stack.enter_context(Service(home, config=config))

        yield make
