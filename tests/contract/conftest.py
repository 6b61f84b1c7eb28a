"""The adapters that the contract suites run over."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from contract.ccxt_harness import CcxtHarness
from contract.paper_harness import PaperHarness
from contract.scripted_venue import SimulatedHarness
from contract.venue_desk import Desk, VenueHarness

HARNESSES: dict[str, Callable[[Path], VenueHarness]] = {"simulated": SimulatedHarness, "paper": PaperHarness, "ccxt": CcxtHarness}


@pytest.fixture(params=list(HARNESSES))
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk at an open venue, over every adapter."""
    harness = HARNESSES[request.param](tmp_path / "venues" / request.param)
    reason = getattr(harness, "cannot", {}).get(getattr(request.node, "originalname", None))
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))  # strict: were it kept after all, the exception would fail
    await harness.open()
    yield Desk(harness)
    await getattr(harness, "close", harness.venue.close)()
