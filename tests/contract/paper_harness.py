"""The paper venue on a market that a test moves by hand, and a clock that the test drives."""

from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from contract.hand_market import SPOT, HandMarket
from styrman.clock import ManualClock
from styrman.domain.market import InstrumentRules
from styrman.ports import Venue
from styrman.venues.paper import PaperVenue


class PaperHarness:
    """A paper account with 1,000 of base and 100,000 of quote."""

    def __init__(self, folder: Path, rules: InstrumentRules = SPOT, *, has_books: bool = True, **options: JsonValue) -> None:
        self._folder, self.clock = folder, ManualClock()
        self.market = HandMarket(self.clock, rules, has_books=has_books)
        self.instrument = rules.instrument
        self.options: dict[str, JsonValue] = {"balances": {"ABC": "1000", "USD": "100000"}, **options}
        self.venue: Venue = self._make()

    def now(self) -> datetime:
        return self.clock.now()

    async def open(self) -> None:
        await self.venue.open()

    async def move(self, price: str, *, volume: float = 1000.0) -> None:
        await self.market.move(price, volume=volume)

    async def wait(self, span_s: float) -> None:
        await self.market.wait(span_s)

    async def restart(self) -> Venue:
        await self.venue.close()
        self.venue = self._make()
        await self.venue.open()
        return self.venue

    def _make(self) -> PaperVenue:
        return PaperVenue("paper", self.options, source=self.market, folder=self._folder, clock=self.clock)
