"""What ccxt hands over of a market, as our values. What makes no sense is counted, logged once per source, and left out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeGuard

from styrman.domain.market import Level
from styrman.log import get_logger

Row: TypeAlias = tuple[int, float, float, float, float, float]  # time ms, open, high, low, close, volume

_FIGURES = 6
_SHOWN = 120  # characters of what made no sense

log = get_logger()


class Readings:
    """One venue's reader. `nonsense` counts what could not be read since it was made."""

    def __init__(self, venue: str) -> None:
        self.nonsense = 0
        self._venue = venue
        self._told: set[tuple[str, str]] = set()

    def refuse(self, what: str, source: str, value: object) -> None:
        """Count something unreadable; log the first of each kind and source."""
        self.nonsense += 1
        if (what, source) not in self._told:
            self._told.add((what, source))
            log.warning(
                "the exchange sent what makes no sense; it is left out", venue=self._venue, what=what, source=source, sent=_short(value)
            )

    def rows(self, instrument: str, table: object) -> list[Row]:
        """Return the candles that can be read, oldest first, each time once."""
        found: dict[int, Row] = {}
        for each in _items(table):
            row = _row(each)
            if row is None:
                self.refuse("candle", instrument, each)
            else:
                found[row[0]] = row
        return [found[time] for time in sorted(found)]

    def levels(self, instrument: str, side: object, depth: int, size: Decimal) -> tuple[Level, ...]:
        """Return the best levels of one side of a book, quantities in base: `size` of it are one of the venue's units."""
        found = []
        for each in _items(side)[:depth]:
            price, amount = (positive(part) for part in (*_items(each)[:2], None, None)[:2])
            if price is None or amount is None:
                self.refuse("book level", instrument, each)
            else:
                found.append((price, amount * size))
        return tuple(found)

    def quote(self, instrument: str, ticker: object) -> "tuple[Decimal | None, Decimal | None, Decimal | None] | None":
        """Return best bid, best ask and last price, each None where it isn't told; None for what is no ticker."""
        if not is_table(ticker):
            self.refuse("ticker", instrument, ticker)
            return None
        bid, ask, last = positive(ticker.get("bid")), positive(ticker.get("ask")), positive(ticker.get("last"))
        if bid is not None and ask is not None and bid > ask:
            self.refuse("crossed ticker", instrument, {"bid": bid, "ask": ask})
            return None
        return bid, ask, last


def positive(value: object) -> Decimal | None:
    """Return a number above zero, with the digits that the exchange wrote; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() and number > 0 else None


def is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether it is a mapping, as ccxt's structures are."""
    return isinstance(value, Mapping)


def _row(value: object) -> Row | None:
    parts = _items(value)
    if len(parts) < _FIGURES:
        return None
    try:
        time, (opened, high, low, close) = int(_number(parts[0])), (_number(part) for part in parts[1:5])
        volume = 0.0 if parts[5] is None else _number(parts[5])
    except (TypeError, ValueError, OverflowError):
        return None
    prices = (opened, high, low, close)
    sound = time > 0 and volume >= 0 and 0 < min(prices) == low and high == max(prices) and math.isfinite(sum(prices) + volume)
    return (time, opened, high, low, close, volume) if sound else None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError(type(value).__name__)
    return float(value)


def _items(value: object) -> Sequence[object]:
    """Return what is listed; nothing where it is no list."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) else ()


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
