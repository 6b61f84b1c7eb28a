"""What the market offers when an order comes: what a stream showed a moment ago, else asked for now. Old prices are refused.

Where the market shows no books, its best prices stand for one, with the share of its usual volume that our orders may take.
"""

import asyncio
from dataclasses import replace
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.market import OrderBook, Ticker, from_ms, to_ms
from styrman.errors import InvalidOrder, VenueUnavailable
from styrman.venues.papertrading.exchange import PaperExchange
from styrman.venues.papertrading.pit import MINUTE_MS, Pit
from styrman.venues.papertrading.source import MarketSource
from styrman.venues.simulation.admission import Rejection

_FRESH_S = 0.25  # offers seen within this are those of now; a thousand orders at one moment ask once
_PATIENCE_S = 4.0  # for asking the market: a request must be answered within its window
_CANDLES = 30  # by which the usual volume is known


class Prices:
    """Asks the market's source, once for all who want to know at the same time."""

    def __init__(self, source: MarketSource, exchange: PaperExchange, clock: Clock, *, participation: Decimal, stale_s: float) -> None:
        self._source, self._exchange, self._clock = source, exchange, clock
        self._participation, self._stale_s = participation, stale_s

    async def look(self, instrument: str, *, with_last: bool) -> None:
        """Know the offers of now, and the last price where it matters. InvalidOrder (`no_price`) where they can't be known."""
        pit, came_s = self._exchange.pit(instrument), self._clock.monotonic()
        async with pit.looking:
            if self._age_s(pit, with_last=with_last) <= _FRESH_S:
                return
            failure = pit.failure
            if failure is None or pit.failed_s < came_s:  # else it was asked for us too: all would wait out their windows, one by one
                failure = await self._try_to_ask(pit, with_last=with_last)
            if failure is not None and self._age_s(pit, with_last=with_last) > self._stale_s:
                raise InvalidOrder(Rejection.NO_PRICE, _no_price(instrument, failure)) from failure

    async def _try_to_ask(self, pit: Pit, *, with_last: bool) -> Exception | None:
        """Ask, not for long; return why there was no answer, None where there was."""
        pit.failure = None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._ask(pit, with_last=with_last)
        except (VenueUnavailable, TimeoutError) as failure:
            pit.failure, pit.failed_s = failure, self._clock.monotonic()
        return pit.failure

    async def refresh(self, instrument: str) -> None:
        """Ask for the offers, for orders that take whatever comes. VenueUnavailable."""
        await self._ask(self._exchange.pit(instrument), with_last=False)

    def hear(self, ticker: Ticker) -> bool:
        """Take the newest prices; return whether they touched a stop."""
        pit = self._exchange.pit(ticker.instrument)
        pit.last, pit.last_seen_s = ticker.last, self._clock.monotonic()
        touched = self._exchange.trade_at(ticker.instrument, ticker.last, to_ms(ticker.market_time))
        if not self._source.has_books:
            self.show(self._as_book(pit, ticker))
        return touched

    def show(self, book: OrderBook) -> None:
        """Take the newest offers."""
        self._exchange.show(book, self._clock.monotonic())

    def _age_s(self, pit: Pit, *, with_last: bool) -> float:
        oldest_s = min(pit.seen_s, pit.last_seen_s) if with_last else pit.seen_s
        return self._clock.monotonic() - oldest_s

    async def _ask(self, pit: Pit, *, with_last: bool) -> None:
        instrument, asked_at = pit.rules.instrument, from_ms(self._exchange.now_ms())
        if not self._source.has_books and not pit.volumes:
            known = await self._source.fetch_candles(instrument, "1m", _CANDLES)
            pit.volumes.extend(pit.rules.round_quantity(Decimal(repr(float(volume)))) for volume in known.volume)
        if with_last or not self._source.has_books:
            ticker = await self._source.fetch_ticker(instrument)
            self.hear(replace(ticker, market_time=max(ticker.market_time, asked_at)))
        if self._source.has_books:
            book = await self._source.fetch_book(instrument)
            self.show(replace(book, market_time=max(book.market_time, asked_at)))  # an answer is never older than its question

    def _as_book(self, pit: Pit, ticker: Ticker) -> OrderBook:
        minute_ms = self._exchange.now_ms() // MINUTE_MS * MINUTE_MS
        offered = pit.usual_volume() * self._participation - pit.traded(minute_ms, minute_ms + MINUTE_MS)
        size = pit.rules.round_quantity(max(Decimal(0), offered))
        return OrderBook(ticker.instrument, ((ticker.bid, size),), ((ticker.ask, size),), ticker.market_time)


def _no_price(instrument: str, failure: Exception) -> str:
    return (
        f"Orders on {instrument} are refused (no_price) while its market can't be read, for they would trade at prices of the past: "
        f"{str(failure) or 'it did not answer in time'} Try again once it can; what works already stays."
    )
