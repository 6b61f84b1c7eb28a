"""The public side of the simulated market: klines with the one under way, a book of some depth, trades, tickers. Pure functions of time."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

import numpy as np

from styrman.domain.market import Candles, Side, timeframe_ms
from styrman.testnet.refusals import Refusal
from styrman.testnet.symbols import text_of
from styrman.venues.simulation.frames import aggregate, bar_start, frame_name, joined
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.quotes import STEPS, Quote

INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")
_DEPTH = 100  # levels of a book
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Book:
    """One side after the other, best first: price to quantity."""

    update_id: int
    bids: dict[Decimal, Decimal]
    asks: dict[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade of the market."""

    number: int
    price: Decimal
    quantity: Decimal
    at_ms: int  # market time
    seller_took: bool


class Tape:
    """What the market shows at a market time."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def klines(self, instrument: str, interval: str, since_ms: int | None, until_ms: int, limit: int) -> Candles:
        """Return at most `limit` candles, the one under way too: those from `since_ms` on, else the newest. Refusal."""
        if interval not in INTERVALS:
            raise Refusal(-1120, "Invalid interval.")
        frame_ms, base_ms = timeframe_ms(interval), self._market.base_ms(instrument)
        if frame_ms % base_ms:
            raise Refusal(-1120, "Invalid interval.")
        under_way = bar_start(until_ms, frame_ms)
        begin = under_way - (limit - 1) * frame_ms
        if since_ms is not None:
            begin = bar_start(since_ms + frame_ms - 1, frame_ms)
        begin = max(begin, self._market.history_ms(instrument, frame_ms))
        closed = self._market.closed(instrument, interval, begin, min(under_way, begin + limit * frame_ms))
        return joined(instrument, interval, [closed, self.running(instrument, interval, until_ms)])[:limit]

    def running(self, instrument: str, interval: str, now_ms: int) -> Candles:
        """Return the candle under way as it stands; none where nothing has traded in it."""
        frame_ms, base_ms = timeframe_ms(interval), self._market.base_ms(instrument)
        begin, base_begin = bar_start(now_ms, frame_ms), bar_start(now_ms, base_ms)
        parts = [self._market.closed(instrument, frame_name(base_ms), begin, base_begin)]
        quotes = [quote for quote in self._market.steps(instrument, base_begin - 1, now_ms) if quote.at_ms >= base_begin]
        if quotes:
            now = self._market.quote(instrument, now_ms)  # a price may have been taken into hand since the step began
            prices = [float(quote.last) for quote in (*quotes, now or quotes[-1])]
            volume = float(self._market.bar_volume(instrument, now_ms)) * len(quotes) / STEPS
            row = (base_begin, prices[0], max(prices), min(prices), prices[-1], round(volume, 8))
            parts.append(Candles.from_rows(instrument, parts[0].timeframe, [row]))
        merged = joined(instrument, parts[0].timeframe, parts)
        return aggregate(merged, interval) if len(merged) else merged

    def book(self, instrument: str, quote: Quote) -> Book:
        """Return the book at a quote: its best prices, and levels behind them that thin out."""
        rules = self._market.rules[instrument]
        gap = max(rules.price_tick, rules.round_price(quote.last / 10_000, Side.BUY))
        best = max(quote.offered, rules.quantity_step)
        draws = _draws(f"{instrument}:{quote.at_ms}", _DEPTH)
        sizes = [max(rules.quantity_step, rules.round_quantity(best * draw)) for draw in draws]
        bids = {quote.bid - gap * level: size for level, size in enumerate(sizes) if quote.bid > gap * level}
        asks = {quote.ask + gap * level: size for level, size in enumerate(sizes)}
        return Book(self.update_id(quote), bids, asks)

    def update_id(self, quote: Quote) -> int:
        """Return the number of a step: it grows by one with each."""
        return quote.at_ms // self._market.step_ms

    def trades(self, instrument: str, until_ms: int, limit: int) -> list[Trade]:
        """Return the last trades, oldest first: one to a step."""
        step_ms = self._market.step_ms
        return [self.trade(instrument, quote) for quote in self._market.steps(instrument, until_ms - limit * step_ms, until_ms)]

    def trade(self, instrument: str, quote: Quote) -> Trade:
        """Return the trade of a step."""
        rules = self._market.rules[instrument]
        draw = _draws(f"trade:{instrument}:{quote.at_ms}", 1)[0]
        quantity = max(rules.quantity_step, rules.round_quantity(quote.offered * draw / 10))
        return Trade(self.update_id(quote), quote.last, quantity, quote.at_ms, seller_took=draw * 100 % 2 >= 1)

    def day(self, instrument: str, now_ms: int) -> Candles:
        """Return the last day as one candle; empty before the market began."""
        base_ms = self._market.base_ms(instrument)
        until = bar_start(now_ms, base_ms)
        day = self._market.closed(instrument, frame_name(base_ms), until - _DAY_MS, until)
        if not len(day):
            return day
        rows = [(float(day.time[0]), day.open[0], day.high.max(), day.low.min(), day.close[-1], day.volume.sum().round(8))]
        return Candles.from_rows(instrument, "1d", rows)


def kline_row(candles: Candles, index: int) -> list[object]:
    """Return one candle as REST has it."""
    opened, volume = int(candles.time[index]), Decimal(repr(float(candles.volume[index])))
    prices = [Decimal(repr(float(getattr(candles, name)[index]))) for name in ("open", "high", "low", "close")]
    turnover = volume * sum(prices[1:], Decimal(0)) / 3
    half = volume / 2
    closes = opened + timeframe_ms(candles.timeframe) - 1
    texts = [text_of(each) for each in (*prices, volume)]
    return [opened, *texts, closes, text_of(turnover), max(1, int(np.sqrt(float(volume)))), text_of(half), text_of(turnover / 2), "0"]


def _draws(seed: str, count: int) -> list[Decimal]:
    """Return numbers between 0.2 and 2, the same for the same seed."""
    size = 32
    texts = (blake2b(f"{seed}:{block}".encode(), digest_size=size).digest() for block in range(-(-count // size)))
    return [Decimal(20 + byte * 180 // 255) / 100 for text in texts for byte in text][:count]
