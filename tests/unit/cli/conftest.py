"""The command line as a function, and a scripted service for it to speak to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.cli.scripted import Cli, ScriptedService


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService()
    yield scripted
    scripted.close()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty home, with no service named."""
    for name in ("STYRMAN_URL", "STYRMAN_TOKEN", "STYRMAN_ADMIN_TOKEN", "STYRMAN_PORT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STYRMAN_HOME", str(tmp_path / "home"))
    return Cli()


@pytest.fixture
def cli(nowhere: Cli, service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, speaking to the scripted service."""
    monkeypatch.setenv("STYRMAN_URL", service.url)
    return nowhere
