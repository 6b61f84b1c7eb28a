"""What all readers of one venue share: its tickers, and how fast its market time runs against ours."""

from collections.abc import Callable
from datetime import datetime, timedelta

from styrman.clock import Clock
from styrman.domain.market import Ticker
from styrman.market.feed import reading
from styrman.ports import Venue

_LEARNT_AFTER_S = 0.5  # wall time below which the market's speed can't be told from noise


class Quotes:
    """The last tickers of one venue and who is told of them."""

    def __init__(self, venue: Venue, clock: Clock) -> None:
        self.venue = venue
        self.uses = 0
        self.last: dict[str, Ticker] = {}
        self._clock = clock
        self._watchers: dict[object, Callable[[Ticker], None]] = {}
        self._since = clock.monotonic()
        self._market_since = venue.market_time()

    async def read(self) -> None:
        """Read the venue's tickers until the stream ends."""
        async with reading(self.venue.stream_tickers()) as tickers:
            async for ticker in tickers:
                self.last[ticker.instrument] = ticker
                for told in tuple(self._watchers.values()):
                    told(ticker)

    def watch(self, callback: Callable[[Ticker], None]) -> Callable[[], None]:
        """Tell the callback of each ticker; return what ends that, which may be called twice."""
        key = object()
        self._watchers[key] = callback
        return lambda: self._watchers.pop(key, None) and None

    def overdue_s(self, due: datetime) -> float:
        """Return the wall seconds by which the market has passed `due`, a market time; 0 where it has not."""
        overdue = self.venue.market_time() - due
        return max(0.0, overdue / timedelta(seconds=1) / self._speed)

    @property
    def _speed(self) -> float:
        """Market seconds in one of ours, as seen since the venue was first read."""
        elapsed_s = self._clock.monotonic() - self._since
        market_s = (self.venue.market_time() - self._market_since) / timedelta(seconds=1)
        return market_s / elapsed_s if elapsed_s > _LEARNT_AFTER_S and market_s > 0 else 1.0
