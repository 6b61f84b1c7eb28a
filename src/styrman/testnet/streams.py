"""What the market's streams tell at each of its steps: klines, tickers, trades and books, by the names Binance gives them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import Candles, timeframe_ms
from styrman.testnet.bourse import Bourse
from styrman.testnet.call import Call
from styrman.testnet.market import MarketDesk, best_of, levels, partial_book
from styrman.testnet.parameters import Parameters
from styrman.testnet.symbols import Symbols, text_of
from styrman.testnet.tape import INTERVALS, Book, Tape, kline_row
from styrman.venues.simulation.frames import bar_start
from styrman.venues.simulation.quotes import Quote

_NAME = re.compile(r"([a-z0-9]+)@([a-zA-Z]+)(?:_([0-9a-zA-Z]+))?([0-9]*)(?:@[0-9]+ms)?")
_ALL = {"!ticker@arr": "ticker", "!miniTicker@arr": "miniTicker"}
_KEPT_TRADES = 50  # of a stream far behind

Message = dict[str, object] | list[dict[str, object]]


@dataclass(slots=True)
class Stream:
    """One subscribed stream of a connection, and how far it has told."""

    name: str
    kind: str
    instruments: tuple[str, ...]
    interval: str = ""
    depth: int = 0
    told_ms: int = -1  # the step that was told last
    book: Book | None = None


class StreamNames:
    """Reads the names of streams."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols

    def parse(self, name: str) -> Stream | None:
        """Return a stream by its name; None where there is none of it."""
        if name in _ALL:
            return Stream(name, _ALL[name], tuple(self._symbols.names))
        match = _NAME.fullmatch(name)
        instrument = self._symbols.instruments.get(match[1].upper()) if match else None
        if match is None or instrument is None or match[2] not in KINDS:
            return None
        if match[2] == "kline" and match[3] not in INTERVALS:
            return None
        return Stream(name, match[2], (instrument,), interval=match[3] or "", depth=int(match[4] or 0))


class Teller:
    """Returns what a stream has to tell since it last told."""

    def __init__(self, bourse: Bourse, tape: Tape, market: MarketDesk, symbols: Symbols) -> None:
        self._bourse, self._tape, self._market, self._symbols = bourse, tape, market, symbols

    def news(self, stream: Stream, now_ms: int) -> Iterator[Message]:
        """Yield the messages due at a market time; the first call tells how things stand."""
        quotes = {name: quote for name in stream.instruments if (quote := self._bourse.market.quote(name, now_ms)) is not None}
        if not quotes:
            return
        if stream.name in _ALL:
            yield [self._describe(stream.kind, name, quote) for name, quote in quotes.items()]
        else:
            name, quote = next(iter(quotes.items()))
            yield from _BY_KIND[stream.kind](self, stream, name, quote, now_ms)
        stream.told_ms = now_ms

    def klines(self, stream: Stream, name: str, quote: Quote, now_ms: int) -> Iterator[Message]:
        """Yield the candles that have closed, then the one under way."""
        del quote
        frame_ms = timeframe_ms(stream.interval)
        if stream.told_ms >= 0:
            closed = self._bourse.market.closed(name, stream.interval, bar_start(stream.told_ms, frame_ms), bar_start(now_ms, frame_ms))
            for index in range(len(closed)):
                yield self._kline(stream, name, closed, index, is_closed=True)
        running = self._tape.running(name, stream.interval, now_ms)
        if len(running):
            yield self._kline(stream, name, running, 0, is_closed=False)

    def tickers(self, stream: Stream, name: str, quote: Quote, now_ms: int) -> Iterator[Message]:
        """Yield the day as it stands."""
        del now_ms
        yield self._describe(stream.kind, name, quote)

    def best(self, stream: Stream, name: str, quote: Quote, now_ms: int) -> Iterator[Message]:
        """Yield the best prices."""
        del stream, now_ms
        book = self._tape.book(name, quote)
        best = best_of(book)
        prices = {"b": best["bidPrice"], "B": best["bidQty"], "a": best["askPrice"], "A": best["askQty"]}
        yield {"u": book.update_id, "s": self._symbols.names[name]} | prices

    def trades(self, stream: Stream, name: str, quote: Quote, now_ms: int) -> Iterator[Message]:
        """Yield the trades of the steps since the last."""
        del quote
        after_ms = stream.told_ms if stream.told_ms >= 0 else now_ms - self._bourse.market.step_ms
        for trade in self._tape.trades(name, now_ms, _KEPT_TRADES):
            if trade.at_ms <= after_ms:
                continue
            shared = {"E": self._bourse.wall_ms(), "s": self._symbols.names[name], "p": text_of(trade.price), "q": text_of(trade.quantity)}
            own = {"e": "trade", "t": trade.number} if stream.kind == "trade" else _aggregate(trade.number)
            yield own | shared | {"T": self._bourse.calendar.wall_ms(trade.at_ms), "m": trade.seller_took, "M": True}

    def books(self, stream: Stream, name: str, quote: Quote, now_ms: int) -> Iterator[Message]:
        """Yield the best levels, or what has changed in the whole book."""
        del now_ms
        book, before = self._tape.book(name, quote), stream.book
        if stream.depth:
            yield partial_book(book, stream.depth)
            return
        stream.book = book
        if before is None or before.update_id == book.update_id:
            return
        yield {
            "e": "depthUpdate",
            "E": self._bourse.wall_ms(),
            "s": self._symbols.names[name],
            "U": before.update_id + 1,
            "u": book.update_id,
            "b": levels(_changes(before.bids, book.bids).items()),
            "a": levels(_changes(before.asks, book.asks).items()),
        }

    def _kline(self, stream: Stream, name: str, candles: Candles, index: int, *, is_closed: bool) -> Message:
        opened, *prices, volume, closes, turnover, count, taken, taken_turnover, _ = kline_row(candles, index)
        symbol = self._symbols.names[name]
        kline = {"t": opened, "T": closes, "s": symbol, "i": stream.interval, "f": -1, "L": -1}
        kline |= dict(zip("ohlc", prices, strict=True)) | {"v": volume, "n": count, "x": is_closed, "q": turnover}
        kline |= {"V": taken, "Q": taken_turnover, "B": "0"}
        return {"e": "kline", "E": self._bourse.wall_ms(), "s": symbol, "k": kline}

    def _describe(self, kind: str, name: str, quote: Quote) -> dict[str, object]:
        symbol, now = self._symbols.names[name], self._bourse.wall_ms()
        bourse = self._bourse
        view = bourse.records.view(0)
        call = Call(parameters=Parameters({}), bourse=bourse, symbols=self._symbols, view=view, now_ms=now)
        day = self._market.day_of(symbol, quote, call)
        names = _TICKER if kind == "ticker" else _MINI_TICKER
        event = "24hrTicker" if kind == "ticker" else "24hrMiniTicker"
        return {"e": event, "E": now} | {short: day[long] for short, long in names.items()}


_MINI_TICKER = {"s": "symbol", "c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}
_TICKER = _MINI_TICKER | {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
_News = Callable[[Teller, Stream, str, Quote, int], Iterator[Message]]
_BY_KIND: dict[str, _News] = {
    "kline": Teller.klines,
    "ticker": Teller.tickers,
    "miniTicker": Teller.tickers,
    "bookTicker": Teller.best,
    "trade": Teller.trades,
    "aggTrade": Teller.trades,
    "depth": Teller.books,
}
KINDS = frozenset(_BY_KIND)


def _aggregate(number: int) -> dict[str, object]:
    return {"e": "aggTrade", "a": number, "f": number, "l": number}


def _changes(before: dict[Decimal, Decimal], after: dict[Decimal, Decimal]) -> dict[Decimal, Decimal]:
    """Return the levels that differ; those that have gone at zero."""
    gone = {price: Decimal(0) for price in before.keys() - after.keys()}
    return gone | {price: size for price, size in after.items() if before.get(price) != size}
