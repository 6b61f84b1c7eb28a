"""The market endpoints: what exchangeInfo, klines, depth, trades and tickers answer."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import orjson

from styrman.testnet.call import Call, Json
from styrman.testnet.limits import Limits
from styrman.testnet.refusals import Refusal, bad_symbol, illegal
from styrman.testnet.symbols import Symbols, text_of
from styrman.testnet.tape import Book, Tape, Trade, kline_row
from styrman.venues.simulation.quotes import Quote

_DAY_MS = 86_400_000


class MarketDesk:
    """What the market endpoints do."""

    def __init__(self, tape: Tape, symbols: Symbols, limits: Limits) -> None:
        self._tape, self._symbols, self._limits = tape, symbols, limits

    async def ping(self, call: Call) -> Json:
        """Answer."""
        del call
        return {}

    async def time(self, call: Call) -> Json:
        """Tell the server's clock."""
        return {"serverTime": call.now_ms}

    async def info(self, call: Call) -> Json:
        """Describe the exchange."""
        chosen = self._chosen(call) or list(self._symbols.instruments)
        return {
            "timezone": "UTC",
            "serverTime": call.now_ms,
            "rateLimits": self._limits.describe(),
            "exchangeFilters": [],
            "symbols": [self._symbols.describe(symbol) for symbol in chosen],
        }

    async def klines(self, call: Call) -> Json:
        """List candles; the last one is under way."""
        parameters, now = call.parameters, _market_ms(call)
        until = parameters.integer("endTime")
        limit = parameters.limit(500, 1000)
        interval, since = parameters.need("interval"), parameters.integer("startTime")
        candles = self._tape.klines(call.instrument(), interval, since, now if until is None else min(now, until), limit)
        return [kline_row(candles, index) for index in range(len(candles))]

    async def depth(self, call: Call) -> Json:
        """Show the book."""
        limit = call.parameters.limit(100, 5000)
        return partial_book(self._tape.book(call.instrument(), _quote(call, call.instrument())), limit)

    async def trades(self, call: Call) -> Json:
        """List the market's last trades."""
        found = self._tape.trades(call.instrument(), _market_ms(call), call.parameters.limit(500, 1000))
        return [_public_trade(trade, call) for trade in found]

    async def aggregate_trades(self, call: Call) -> Json:
        """List the market's last trades by price and taker: here one to each."""
        found = self._tape.trades(call.instrument(), _market_ms(call), call.parameters.limit(500, 1000))
        return [_aggregate(trade, call) for trade in found]

    async def price(self, call: Call) -> Json:
        """Tell last prices."""
        return self._each(call, lambda symbol, quote: {"symbol": symbol, "price": text_of(quote.last)})

    async def book_ticker(self, call: Call) -> Json:
        """Tell best prices."""
        return self._each(
            call, lambda symbol, quote: {"symbol": symbol} | best_of(self._tape.book(self._symbols.instruments[symbol], quote))
        )

    async def day(self, call: Call) -> Json:
        """Tell what happened in a day."""
        return self._each(call, lambda symbol, quote: self.day_of(symbol, quote, call))

    async def average(self, call: Call) -> Json:
        """Tell the price that orders are valued at."""
        quote = _quote(call, call.instrument())
        return {"mins": 5, "price": text_of(quote.last), "closeTime": call.now_ms}

    def day_of(self, symbol: str, quote: Quote, call: Call) -> dict[str, object]:
        """Return a symbol's day."""
        now = _market_ms(call)
        day = self._tape.day(self._symbols.instruments[symbol], now)
        columns = ("open", "high", "low", "volume")
        opened, high, low, volume = (Decimal(repr(float(getattr(day, name)[0]))) if len(day) else Decimal(0) for name in columns)
        change = quote.last - opened
        best = best_of(self._tape.book(self._symbols.instruments[symbol], quote))
        return {
            "symbol": symbol,
            "priceChange": text_of(change),
            "priceChangePercent": f"{change / opened * 100 if opened else 0:.3f}",
            "weightedAvgPrice": text_of((opened + high + low) / 3),
            "prevClosePrice": text_of(opened),
            "lastPrice": text_of(quote.last),
            "lastQty": text_of(self._tape.trade(self._symbols.instruments[symbol], quote).quantity),
            **best,
            "openPrice": text_of(opened),
            "highPrice": text_of(max(high, quote.last)),
            "lowPrice": text_of(min(low, quote.last) if opened else quote.last),
            "volume": text_of(volume),
            "quoteVolume": text_of(volume * (opened + quote.last) / 2),
            "openTime": call.bourse.calendar.wall_ms(now - _DAY_MS),
            "closeTime": call.now_ms,
            "firstId": self._tape.update_id(quote) - 5760,
            "lastId": self._tape.update_id(quote),
            "count": 5760,
        }

    def _each(self, call: Call, describe: Callable[[str, Quote], Mapping[str, object]]) -> Json:
        """Return one answer for `symbol`, else a list for `symbols`, else for all."""
        one, chosen = call.parameters.text("symbol"), self._chosen(call)
        answers = [describe(symbol, _quote(call, self._symbols.instruments[symbol])) for symbol in chosen or self._symbols.instruments]
        return answers[0] if one else answers

    def _chosen(self, call: Call) -> list[str]:
        """Return the symbols that were asked for by name; none where all are meant. Refusal."""
        one, many = call.parameters.text("symbol"), call.parameters.text("symbols")
        names = [one] if one else _symbol_list(many) if many else []
        if any(name not in self._symbols.instruments for name in names):
            raise bad_symbol()
        return names


def partial_book(book: Book, limit: int) -> dict[str, object]:
    """Return the best levels of a book."""
    return {"lastUpdateId": book.update_id, "bids": levels(book.bids.items(), limit), "asks": levels(book.asks.items(), limit)}


def levels(side: Iterable[tuple[Decimal, Decimal]], limit: int = 5000) -> list[list[str]]:
    """Return levels as texts."""
    return [[text_of(price), text_of(quantity)] for price, quantity in list(side)[:limit]]


def best_of(book: Book) -> dict[str, str]:
    """Return a book's best prices."""
    (bid, bid_size), (ask, ask_size) = next(iter(book.bids.items())), next(iter(book.asks.items()))
    return {"bidPrice": text_of(bid), "bidQty": text_of(bid_size), "askPrice": text_of(ask), "askQty": text_of(ask_size)}


def _symbol_list(text: str) -> list[str]:
    try:
        names = orjson.loads(text)
    except orjson.JSONDecodeError:
        names = None
    if not isinstance(names, list):
        raise illegal("symbols", '["BTCUSDT","ETHUSDT"]')
    return [str(name) for name in names]


def _market_ms(call: Call) -> int:
    return call.bourse.exchange.timeline.now_ms()


def _quote(call: Call, instrument: str) -> Quote:
    quote = call.bourse.market.quote(instrument, _market_ms(call))
    if quote is None:
        raise Refusal(-1001, "Internal error; unable to process your request. It has not begun to trade.", status=500)
    return quote


def _public_trade(trade: Trade, call: Call) -> dict[str, object]:
    return {
        "id": trade.number,
        "price": text_of(trade.price),
        "qty": text_of(trade.quantity),
        "quoteQty": text_of(trade.price * trade.quantity),
        "time": call.bourse.calendar.wall_ms(trade.at_ms),
        "isBuyerMaker": trade.seller_took,
        "isBestMatch": True,
    }


def _aggregate(trade: Trade, call: Call) -> dict[str, object]:
    return {
        "a": trade.number,
        "p": text_of(trade.price),
        "q": text_of(trade.quantity),
        "f": trade.number,
        "l": trade.number,
        "T": call.bourse.calendar.wall_ms(trade.at_ms),
        "m": trade.seller_took,
        "M": True,
    }
