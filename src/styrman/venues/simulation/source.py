"""What a simulated market plays: the contract of a source of candles, and what it lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from styrman.domain.market import Candles, InstrumentRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One instrument of a source. The rules carry no fees yet: those are the venue's."""

    rules: InstrumentRules
    base_ms: int  # length of the candles it has; all other time frames are made of them
    first_ms: int  # market time of its first candle


class Source(Protocol):
    """Candles by market time. Asked twice for one span it answers the same, in this process and in the next."""

    fingerprint: str  # another one is another market: nothing that was before holds in it
    start_ms: int  # market time at which the market opens
    end_ms: int | None  # market time at which it ends; None: never

    @property
    def listings(self) -> Mapping[str, Listing]:
        """Every instrument of the market, by name."""
        ...

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        """Return the base candles that open in [start_ms, end_ms), oldest first; gaps are gaps. Not copied, never written to."""
        ...
