"""Paper venues on a market moved by hand, and a desk at each."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import JsonValue

from contract.hand_market import SPOT, HandMarket
from contract.paper_harness import PaperHarness
from contract.venue_desk import Desk
from styrman.domain.market import InstrumentRules


@dataclass(frozen=True)
class Trading:
    """A venue at work: its market, and who trades there."""

    harness: PaperHarness
    desk: Desk

    @property
    def market(self) -> HandMarket:
        return self.harness.market


OpenPaper = Callable[..., Awaitable[Trading]]


@pytest.fixture
async def open_paper(tmp_path: Path) -> AsyncIterator[OpenPaper]:
    """Open a paper venue with some options; it is closed at the end."""
    async with AsyncExitStack() as stack:

        async def make(rules: InstrumentRules = SPOT, *, has_books: bool = True, **options: JsonValue) -> Trading:
            harness = PaperHarness(tmp_path / "venues" / "paper", rules, has_books=has_books, **options)
            await harness.open()
            stack.push_async_callback(_close, harness)
            return Trading(harness, Desk(harness))

        yield make


async def _close(harness: PaperHarness) -> None:
    await harness.venue.close()
