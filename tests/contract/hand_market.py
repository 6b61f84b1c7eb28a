"""A market that a test moves by hand: books, prices and candles, and the faults of a real one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from styrman.clock import ManualClock
from styrman.domain.market import Candles, InstrumentRules, Level, OrderBook, Side, Ticker, to_ms
from styrman.domain.spec import Selector
from styrman.errors import VenueError, VenueRefused
from styrman.ports.venue import Capabilities

T = TypeVar("T")
MINUTE_S, MINUTE_MS = 60, 60_000
SPOT = InstrumentRules(
    "ABC/USD",
    "ABC",
    "USD",
    quantity_step=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    min_notional=Decimal(5),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.001"),
)
_HISTORY = 1000


class Outlet:
    """One kind of news, to any number of readers."""

    def __init__(self) -> None:
        self.lets_go = asyncio.Event()  # where it is not set, nobody gets to leave
        self.lets_go.set()
        self._readers: list[asyncio.Queue[object]] = []

    @property
    def readers(self) -> int:
        return len(self._readers)

    def tell(self, news: object) -> None:
        for reader in self._readers:
            reader.put_nowait(news)

    def read(self, kind: type[T]) -> AsyncIterator[T]:
        reader: asyncio.Queue[object] = asyncio.Queue()
        self._readers.append(reader)
        return self._news(reader, kind)

    async def _news(self, reader: asyncio.Queue[object], kind: type[T]) -> AsyncIterator[T]:
        try:
            while True:
                news = await reader.get()
                if isinstance(news, VenueError):
                    raise news
                assert isinstance(news, kind)
                yield news
        finally:
            await self.lets_go.wait()
            self._readers.remove(reader)


class HandMarket:
    """A `MarketSource` of one instrument. Nothing happens but what a test does."""

    def __init__(self, clock: ManualClock, rules: InstrumentRules = SPOT, *, has_books: bool = True) -> None:
        self.clock, self.rules, self.has_books = clock, rules, has_books
        self.capabilities = Capabilities(streams=frozenset({"candles", "tickers"}))
        self.listed = True
        self.down: VenueError | None = None  # raised to whoever asks
        self.answers = asyncio.Event()  # where it is not set, nobody is answered
        self.answers.set()
        self.asked: list[str] = []
        self.books, self.tickers, self.candles = Outlet(), Outlet(), Outlet()
        now_ms = to_ms(clock.now())
        self.rows: list[tuple[float, ...]] = [(now_ms - n * MINUTE_MS, 100.0, 100.0, 100.0, 100.0, 1000.0) for n in range(_HISTORY, 0, -1)]
        self.last = Decimal(100)
        self.book = OrderBook(rules.instrument, (), (), clock.now())
        self._extremes = (100.0, 100.0)
        self._shows = 0
        self.set_price("100")

    # ------------------------------------------------------------ what a test does

    def set_price(self, price: str) -> None:
        """Show a price with a spread of two ticks and fifty on offer at each side, without telling anybody."""
        tick, self.last = self.rules.price_tick, Decimal(price)
        self._shows += 1
        size = 50 + self._shows * self.rules.quantity_step  # never twice the same: new offers
        low, high = self._extremes
        self._extremes = min(low, float(price)), max(high, float(price))
        self.set_book([(self.last - tick, size), (self.last - 1, size)], [(self.last + tick, size), (self.last + 1, size)])

    def set_book(self, bids: list[Level], asks: list[Level]) -> None:
        self.book = OrderBook(self.rules.instrument, tuple(bids), tuple(asks), self.clock.now())

    def tell(self) -> None:
        """Tell those who listen what is shown."""
        self.tickers.tell(self.ticker())
        if self.has_books:
            self.books.tell(self.book)

    async def show(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> None:
        """Show a book and let it be heard."""
        self.set_book([(Decimal(p), Decimal(q)) for p, q in bids], [(Decimal(p), Decimal(q)) for p, q in asks])
        self.tell()
        await self.clock.settle()

    async def trade_at(self, price: str) -> None:
        """Let a trade be heard of, the book being what it was."""
        self.last = Decimal(price)
        self.tickers.tell(self.ticker())
        await self.clock.settle()

    async def move(self, price: str, *, volume: float = 1000.0) -> None:
        """Finish the minute, then let the price go to `price` at an even pace within the next."""
        await self.wait(self._left_s() % MINUTE_S)
        start = self.last
        for step in range(1, 5):
            self.set_price(str(self.rules.round_price(start + (Decimal(price) - start) * step / 4, Side.SELL)))
            self.tell()
            await self.clock.settle()
            await self.wait(MINUTE_S / 4, volume=volume)

    async def wait(self, span_s: float, *, volume: float = 1000.0) -> None:
        """Let time pass; a candle closes at each full minute."""
        while span_s > 0:
            stretch = min(span_s, self._left_s())
            await self.clock.advance(stretch)
            span_s -= stretch
            if to_ms(self.clock.now()) % MINUTE_MS == 0:
                await self._close_candle(volume)

    async def candle(self, *, high: str, low: str, close: str, volume: float = 1000.0) -> None:
        """Let a whole candle pass of which no price was told while it formed."""
        await self.wait(self._left_s() % MINUTE_S)
        self._extremes = float(low), float(high)
        self.last = Decimal(close)
        await self.wait(MINUTE_S, volume=volume)

    def _left_s(self) -> float:
        return MINUTE_S - (to_ms(self.clock.now()) % MINUTE_MS) / 1000

    async def _close_candle(self, volume: float) -> None:
        low, high = self._extremes
        last = float(self.last)
        self.rows.append((to_ms(self.clock.now()) - MINUTE_MS, self.rows[-1][4], max(high, last), min(low, last), last, volume))
        self._extremes = last, last
        self.candles.tell(self._candles(1))
        await self.clock.settle()

    # ------------------------------------------------------------ MarketSource

    async def open(self) -> None:
        await self._answer("open")

    async def close(self) -> None:
        pass

    def market_time(self) -> datetime:
        return self.clock.now()

    def instruments(self) -> Mapping[str, InstrumentRules]:
        return {self.rules.instrument: self.rules} if self.listed else {}

    async def select(self, selector: Selector) -> tuple[str, ...]:
        return tuple(name for name in self.instruments() if name not in selector.exclude and self.rules.quote == selector.quote)

    async def fetch_candles(self, instrument: str, timeframe: str, limit: int) -> Candles:
        await self._answer("candles")
        self._check(instrument, timeframe)
        return self._candles(limit)

    def stream_candles(self, instrument: str, timeframe: str) -> AsyncIterator[Candles]:
        self._check(instrument, timeframe)
        return self.candles.read(Candles)

    def stream_tickers(self) -> AsyncIterator[Ticker]:
        return self.tickers.read(Ticker)

    async def fetch_ticker(self, instrument: str) -> Ticker:
        await self._answer("ticker")
        self._check(instrument)
        return self.ticker()

    async def fetch_book(self, instrument: str) -> OrderBook:
        await self._answer("book")
        self._check(instrument)
        return self.book

    def stream_book(self, instrument: str) -> AsyncIterator[OrderBook]:
        self._check(instrument)
        return self.books.read(OrderBook)

    def ticker(self) -> Ticker:
        bid, ask = self.book.bids[0][0], self.book.asks[0][0]
        return Ticker(self.rules.instrument, bid, ask, self.last, self.clock.now())

    def _candles(self, limit: int) -> Candles:
        return Candles.from_rows(self.rules.instrument, "1m", self.rows[-limit:])

    async def _answer(self, question: str) -> None:
        self.asked.append(question)
        await self.answers.wait()
        if self.down is not None:
            raise self.down

    def _check(self, instrument: str, timeframe: str = "1m") -> None:
        if instrument != self.rules.instrument or timeframe != "1m":
            raise VenueRefused(f"There is no {timeframe} of {instrument} here.")
