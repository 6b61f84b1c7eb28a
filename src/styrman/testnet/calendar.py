"""Two clocks: the market's own time, which may run many times as fast, and the wall's, which requests and orders are stamped with."""

from collections.abc import Sequence
from datetime import datetime

from styrman.domain.market import to_ms
from styrman.testnet.state import Span


class Calendar:
    """When, by the wall, the market stood where. Knows the spans of all runs of one testnet."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans

    def wall_ms(self, market_ms: int) -> int:
        """Return the wall time of a market time."""
        span = next((span for span in reversed(self._spans) if span.market_ms <= market_ms), self._spans[0])
        return span.wall_at(market_ms)

    def wall_at(self, market_time: datetime) -> int:
        """Return the wall time of a market time."""
        return self.wall_ms(to_ms(market_time))
