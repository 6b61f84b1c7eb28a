"""The market a testnet plays: the chosen symbols of a source, moved in time so that it opens now, and prices held by hand."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil, floor

from styrman.domain.market import COLUMNS, Candles, InstrumentRules
from styrman.errors import ConfigInvalid
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.options import SimulationOptions
from styrman.venues.simulation.quotes import Quote
from styrman.venues.simulation.source import Listing, Source


class ChosenSource:
    """Some instruments of another source, `shift_ms` later than there."""

    def __init__(self, inner: Source, symbols: tuple[str, ...], *, shift_ms: int = 0) -> None:
        unknown = [name for name in symbols if name not in inner.listings]
        if unknown:
            there = ", ".join(list(inner.listings)[:40])
            raise ConfigInvalid(f"The testnet's source has no {', '.join(unknown)}; choose among {there}.")
        self._inner, self._shift_ms = inner, shift_ms
        self._chosen = {name: inner.listings[name] for name in symbols or inner.listings}
        self.fingerprint = f"{inner.fingerprint}+{shift_ms}"
        self.start_ms = inner.start_ms + shift_ms
        self.end_ms = None if inner.end_ms is None else inner.end_ms + shift_ms

    @property
    def listings(self) -> Mapping[str, Listing]:
        """The chosen instruments."""
        return {name: replace(listing, first_ms=listing.first_ms + self._shift_ms) for name, listing in self._chosen.items()}

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        """Return the candles that open in the span."""
        found = self._inner.candles(instrument, start_ms - self._shift_ms, end_ms - self._shift_ms)
        if not self._shift_ms:
            return found
        columns = (getattr(found, name) for name in COLUMNS[1:])
        return Candles(instrument, found.timeframe, found.time + self._shift_ms, *columns)


class HeldSource:
    """A source of which some prices have been taken into hand: from then on they stand where they were put."""

    def __init__(self, inner: Source) -> None:
        self._inner = inner
        self._holds: dict[str, list[tuple[int, float]]] = {}  # from when on which price; oldest first
        self.fingerprint, self.start_ms, self.end_ms = inner.fingerprint, inner.start_ms, inner.end_ms

    @property
    def listings(self) -> Mapping[str, Listing]:
        """The instruments."""
        return self._inner.listings

    def hold(self, instrument: str, at_ms: int, price: Decimal) -> None:
        """Let the price stand at `price` from `at_ms` on."""
        self._holds.setdefault(instrument, []).append((at_ms, float(price)))

    def held(self, instrument: str, at_ms: int) -> float | None:
        """Return the price that is held at a market time."""
        return next((price for since, price in reversed(self._holds.get(instrument, ())) if since <= at_ms), None)

    def candles(self, instrument: str, start_ms: int, end_ms: int) -> Candles:
        """Return the candles that open in the span."""
        found = self._inner.candles(instrument, start_ms, end_ms)
        for since, price in self._holds.get(instrument, ()):
            found = _held(found, since, self._inner.listings[instrument].base_ms, price)
        return found


def _held(candles: Candles, since_ms: int, base_ms: int, price: float) -> Candles:
    """Return the candles with those after a moment flat at a price, and the one that it lies in ending there."""
    after, within = candles.time >= since_ms, (candles.time < since_ms) & (candles.time + base_ms > since_ms)
    opens, highs, lows, closes = (getattr(candles, name).copy() for name in ("open", "high", "low", "close"))
    for column in (opens, highs, lows, closes):
        column[after] = price
    closes[within] = price
    highs[within] = [max(high, price) for high in highs[within]]
    lows[within] = [min(low, price) for low in lows[within]]
    return Candles(candles.instrument, candles.timeframe, candles.time, opens, highs, lows, closes, candles.volume)


class HeldMarket(Market):
    """A market over a held source: within the candle in which a price is taken into hand, it stands there at once."""

    def __init__(self, source: Source, options: SimulationOptions) -> None:
        super().__init__(source, options)
        self._spread = options.spread
        self._held = source if isinstance(source, HeldSource) else HeldSource(source)

    def hold(self, instrument: str, at_ms: int, price: Decimal) -> None:
        """Let the price stand at `price` from `at_ms` on."""
        self._held.hold(instrument, at_ms, price)
        self._current.pop(instrument, None)

    def quote(self, instrument: str, at_ms: int) -> Quote | None:
        """Return the prices at a market time; None before the instrument's first candle."""
        quote, price = super().quote(instrument, at_ms), self._held.held(instrument, at_ms)
        if quote is None or price is None:
            return quote
        return _at(quote, Decimal(str(price)), self.rules[instrument], self._spread)


def _at(quote: Quote, price: Decimal, rules: InstrumentRules, spread: float) -> Quote:
    tick = rules.price_tick
    ticks = float(price / tick)
    bid, ask = max(1, floor(ticks * (1 - spread / 2) + 1e-6)) * tick, ceil(ticks * (1 + spread / 2) - 1e-6) * tick
    return replace(quote, last=price, bid=bid, ask=ask, jumped=True)
