"""What one run of a bot reads: the shared candles of its instruments and feeds, and the prices to value its book."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from styrman.domain.market import Candles, Side
from styrman.domain.spec import BotSpec
from styrman.ports import CandleListener, CandleSeries, MarketData

WINDOW = 500  # candles that a strategy sees live, or its warm-up where that is more


class CandleWindow(Mapping[tuple[str, str], Candles]):
    """The candles of a Context: looked up when read, so that a cycle which reads none costs none."""

    __slots__ = ("_series", "_window")

    def __init__(self, series: Mapping[tuple[str, str], CandleSeries], window: int) -> None:
        self._series = series
        self._window = window

    def __getitem__(self, key: tuple[str, str]) -> Candles:
        return self._series[key].tail(self._window)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __reduce__(self) -> tuple[type[dict[tuple[str, str], Candles]], tuple[dict[tuple[str, str], Candles]]]:
        """Pickle as the candles alone: to another process must not go what they are looked up in, the venue and all."""
        return dict, (dict(self),)


class Feeds:
    """The series of one run. Acquired together, released together."""

    __slots__ = ("_listener", "_market", "_series", "_spec", "candles", "instruments", "window")

    def __init__(self, market: MarketData, spec: BotSpec, listener: CandleListener) -> None:
        self._market = market
        self._spec = spec
        self._listener = listener
        self._series: dict[tuple[str, str], CandleSeries] = {}
        self.instruments: tuple[str, ...] = ()
        self.window = WINDOW
        self.candles = CandleWindow(self._series, self.window)

    async def open(self, instruments: tuple[str, ...], warmup: int) -> None:
        """Acquire what the spec names for these instruments, and release what is no longer needed. VenueError."""
        self.window = max(WINDOW, warmup)
        wanted = dict.fromkeys((name, self._spec.timeframe) for name in instruments)
        for feed in self._spec.feeds:
            wanted |= dict.fromkeys((name, feed.timeframe) for name in feed.instruments or instruments)
        for key in [key for key in self._series if key not in wanted]:
            await self._release(key)
        for name, timeframe in [key for key in wanted if key not in self._series]:
            series = await self._market.acquire(self._spec.venue, name, timeframe, window=self.window)
            self._series[name, timeframe] = series
            if timeframe == self._spec.timeframe and name in instruments:
                series.listen(self._listener)
        self.instruments = instruments
        self.candles = CandleWindow(self._series, self.window)

    async def close(self) -> None:
        """Release everything."""
        for key in list(self._series):
            await self._release(key)

    def price(self, instrument: str) -> Decimal | None:
        """Return what the instrument last traded at; its last close where no ticker came yet; None where neither did."""
        ticker = self._market.ticker(self._spec.venue, instrument)
        if ticker is not None:
            return ticker.last
        series = self._series.get((instrument, self._spec.timeframe))
        if series is None or not len(newest := series.tail(1)):
            return None
        return Decimal(str(float(newest.close[-1])))

    def taking(self, instrument: str, side: Side) -> Decimal:
        """Return the price at which a market order would begin to trade; the last price where no ticker came yet, or zero."""
        ticker = self._market.ticker(self._spec.venue, instrument)
        return ticker.taking(side) if ticker is not None else self.price(instrument) or Decimal(0)

    async def _release(self, key: tuple[str, str]) -> None:
        series = self._series.pop(key)
        series.unlisten(self._listener)
        await self._market.release(series)
