"""Market data, shared by all bots: candles and tickers, one subscription for everyone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from styrman.domain.market import Candles, Ticker


class CandleListener(Protocol):
    """Who wants to know that a candle closed."""

    def candle_closed(self, closed_at: datetime) -> None:
        """Note the close and return at once. `closed_at` is market time."""
        ...

    def is_busy(self) -> bool:
        """Whether it still works on what it was told; a paced market waits for it."""
        ...


class CandleSeries(Protocol):
    """The shared candles of one (venue, instrument, time frame)."""

    venue: str
    instrument: str
    timeframe: str

    def tail(self, count: int) -> Candles:
        """Return the last `count` closed candles, fewer where there are fewer. Views, no copy."""
        ...

    def listen(self, listener: CandleListener) -> None:
        """Tell the listener of each close from now on."""
        ...

    def unlisten(self, listener: CandleListener) -> None:
        """Stop telling it."""
        ...

    @property
    def staleness_s(self) -> float:
        """Wall seconds by which the next candle is overdue; 0 while it is not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How one shared series does, for `/api/v1/system` and the metrics."""

    venue: str
    instrument: str
    timeframe: str
    readers: int
    candles: int
    staleness_s: float
    gaps_filled: int
    late_ignored: int


class MarketData(Protocol):
    """Candles and tickers: one subscription per (venue, instrument, time frame) for all bots. Gaps filled and marked."""

    async def acquire(self, venue: str, instrument: str, timeframe: str, *, window: int) -> CandleSeries:
        """Return the series, holding at least `window` closed candles where the venue has them. VenueError. Pair with `release`."""
        ...

    async def release(self, series: CandleSeries) -> None:
        """Give a series back; the last one out ends the subscription."""
        ...

    def ticker(self, venue: str, instrument: str) -> Ticker | None:
        """Return the last ticker seen; None before the first."""
        ...

    def watch(self, venue: str, callback: Callable[[Ticker], None]) -> Callable[[], None]:
        """Call back on the loop for each ticker of the venue; return what ends that."""
        ...

    def health(self) -> Sequence[FeedHealth]:
        """Return how each open series does."""
        ...

    async def close(self) -> None:
        """End every subscription."""
        ...
