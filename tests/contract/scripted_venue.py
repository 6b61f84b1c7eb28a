"""The simulated venue on a market that a test scripts candle by candle, and a clock that the test drives."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from styrman.clock import ManualClock
from styrman.domain.market import Candles, InstrumentRules
from styrman.ports import Venue
from styrman.venues.simulated import SimulatedVenue
from styrman.venues.simulation.source import Listing, Source

MINUTE_MS = 60_000
START_MS = 1_767_225_600_000
CANDLE_S = 1.0  # wall seconds of a candle at speed 60
RULES = InstrumentRules("ABC/USD", "ABC", "USD", quantity_step=Decimal("0.001"), min_quantity=Decimal("0.001"), min_notional=Decimal(5))


class ScriptedSource:
    """Flat minutes at the last price, but for those that are scripted."""

    fingerprint = "scripted"
    start_ms = START_MS
    end_ms: int | None = None

    def __init__(self) -> None:
        self._turns: dict[int, tuple[float, float, float]] = {}  # minute to the price before, after, and the volume

    @property
    def listings(self) -> Mapping[str, Listing]:
        return {RULES.instrument: Listing(rules=RULES, base_ms=MINUTE_MS, first_ms=0)}

    def script(self, minute_ms: int, price: float, volume: float) -> None:
        """Let the price go to `price` within one minute, at an even pace."""
        self._turns[minute_ms] = (self._price_at(minute_ms), price, volume)

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        minutes = range(-(-start_ms // MINUTE_MS) * MINUTE_MS, end_ms, MINUTE_MS)
        return Candles.from_rows(instrument, "1m", [self._row(minute) for minute in minutes])

    def _row(self, minute_ms: int) -> tuple[float, ...]:
        flat = self._price_at(minute_ms)
        before, after, volume = self._turns.get(minute_ms, (flat, flat, 1000.0))
        return minute_ms, before, max(before, after), min(before, after), after, volume

    def _price_at(self, minute_ms: int) -> float:
        past = [minute for minute in self._turns if minute < minute_ms]
        return self._turns[max(past)][1] if past else 100.0


class ScriptedVenue(SimulatedVenue):
    """The simulated venue, but for where its candles come from."""

    script: Source

    async def _source(self) -> Source:
        return self.script


class SimulatedHarness:
    """The simulated venue at speed 60."""

    instrument = RULES.instrument

    def __init__(self, folder: Path, **options: object) -> None:
        self._folder, self.clock, self.script = folder, ManualClock(), ScriptedSource()
        self.options = {"balances": {"ABC": "1000", "USD": "100000"}} | options
        self.venue: Venue = self._make()

    def now(self) -> datetime:
        return self.clock.now()

    async def open(self) -> None:
        await self.venue.open()

    async def move(self, price: str, *, volume: float = 1000.0) -> None:
        market_ms = round(self.venue.market_time().timestamp() * 1000)
        minute_ms = market_ms - market_ms % MINUTE_MS + MINUTE_MS
        self.script.script(minute_ms, float(price), volume)
        await self.wait((minute_ms + MINUTE_MS - market_ms) / MINUTE_MS * CANDLE_S)

    async def wait(self, span_s: float) -> None:
        await self.clock.advance(span_s)

    async def restart(self) -> Venue:
        await self.venue.close()
        self.venue = self._make()
        await self.venue.open()
        return self.venue

    def _make(self) -> ScriptedVenue:
        venue = ScriptedVenue("sim", self.options, folder=self._folder, clock=self.clock)  # type: ignore[arg-type] # JSON, as written
        venue.script = self.script
        return venue
