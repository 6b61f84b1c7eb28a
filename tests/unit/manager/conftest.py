"""A manager to steer by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.manager.manager_rig import ManagerRig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ManagerRig]:
    async with ManagerRig(tmp_path) as rig:
        yield rig
