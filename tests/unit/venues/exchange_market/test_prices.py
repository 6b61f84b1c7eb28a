"""Best prices, put together from whatever tells of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from styrman.domain.market import Ticker
from styrman.domain.spec import Selector
from styrman.errors import VenueRefused, VenueUnavailable
from styrman.venues.exchange.market_data import ExchangeMarket
from unit.venues.exchange_market.hand_exchange import BTC, ETH, HandExchange

ALL = ("fetchTickers", "watchTickers", "watchBidsAsks")


def ticker(bid: object = 1, ask: object = 2, last: object = 1.5, symbol: str = BTC) -> dict[str, object]:
    return {"symbol": symbol, "bid": bid, "ask": ask, "last": last, "quoteVolume": 1}


def noting(asked: list[list[str]]) -> Callable[[list[str]], dict[str, object]]:
    """Answer with a ticker for each name asked for, and note the names."""

    def answer(names: list[str]) -> dict[str, object]:
        asked.append(names)
        return {name: ticker(symbol=name) for name in names}

    return answer


class Seen:
    """Reads a stream of tickers in a task of its own."""

    def __init__(self, market: ExchangeMarket) -> None:
        self.tickers: list[Ticker] = []
        self._task = asyncio.create_task(self._read(market))

    async def _read(self, market: ExchangeMarket) -> None:
        async for each in market.stream_tickers():
            self.tickers.append(each)

    @property
    def prices(self) -> list[tuple[str, ...]]:
        return [(str(each.bid), str(each.ask), str(each.last)) for each in self.tickers]

    def end(self) -> None:
        self._task.cancel()


@asynccontextmanager
async def opened(exchange: HandExchange) -> AsyncIterator[tuple[ExchangeMarket, Seen]]:
    market = ExchangeMarket(exchange.as_connection())
    await market.open()
    seen = Seen(market)
    await exchange.clock.settle()
    yield market, seen
    seen.end()
    await market.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("venue:")]


def stream(exchange: HandExchange, cache: str, told: dict[str, object]) -> None:
    getattr(exchange.exchange, cache)[told["symbol"]] = told
    exchange.say(told)


async def test_only_what_is_watched_is_told_and_each_change_once() -> None:
    exchange = HandExchange(*ALL)
    exchange.answers["fetch_tickers"] = {BTC: ticker(), ETH: ticker(symbol=ETH)}
    async with opened(exchange) as (market, seen):
        market.watch(BTC)
        await exchange.clock.advance(1)
        for told in (ticker(bid=1.1), ticker(bid=1.1), ticker(bid=1.2)):
            stream(exchange, "tickers", told)
            await exchange.clock.settle()

    assert seen.prices == [("1", "2", "1.5"), ("1.1", "2", "1.5"), ("1.2", "2", "1.5")]
    assert {each.instrument for each in seen.tickers} == {BTC}


async def test_prices_that_nobody_streams_are_polled() -> None:
    exchange = HandExchange("fetchTickers")
    exchange.answers["fetch_tickers"] = lambda names: {name: ticker(bid=exchange.asked["fetch_tickers"], ask=99) for name in names}
    async with opened(exchange) as (market, seen):
        market.watch(BTC)
        await exchange.clock.advance(16)

    assert [bid for bid, _, _ in seen.prices] == ["1", "2", "3", "4"]


async def test_prices_that_a_stream_keeps_fresh_are_not_polled() -> None:
    exchange = HandExchange(*ALL)
    exchange.answers["fetch_tickers"] = {BTC: ticker()}
    async with opened(exchange) as (market, _):
        market.watch(BTC)
        for turn in range(30):
            await exchange.clock.advance(4)
            stream(exchange, "tickers", ticker(bid=1 + turn / 100))
            await exchange.clock.settle()

    assert exchange.asked["fetch_tickers"] <= 2


async def test_only_those_are_polled_whose_prices_are_old() -> None:
    exchange, asked = HandExchange(*ALL), list[list[str]]()
    exchange.answers["fetch_tickers"] = noting(asked)
    async with opened(exchange) as (market, _):
        market.watch(BTC)
        await exchange.clock.advance(1)
        market.watch(ETH)
        await exchange.clock.advance(1)

    assert asked == [[BTC], [ETH]]


async def test_a_silent_instrument_is_polled_though_its_neighbour_is_heard() -> None:
    exchange, asked = HandExchange(*ALL), list[list[str]]()
    exchange.answers["fetch_tickers"] = noting(asked)
    async with opened(exchange) as (market, _):
        market.watch(BTC)
        market.watch(ETH)
        await exchange.clock.advance(1)
        stream(exchange, "tickers", ticker())
        for turn in range(30):
            await exchange.clock.advance(4)
            stream(exchange, "tickers", ticker(bid=1 + turn / 100, symbol=ETH))
            await exchange.clock.settle()

    assert asked[-1] == [BTC]


async def test_where_tickers_lack_the_best_prices_these_are_watched_too() -> None:
    exchange = HandExchange(*ALL)
    async with opened(exchange) as (market, seen):
        exchange.failure = VenueUnavailable("down")
        market.watch(BTC)
        await exchange.clock.advance(1)
        stream(exchange, "tickers", ticker(bid=None, ask=None, last=7))
        await exchange.clock.settle()
        tickers = exchange._said
        await exchange.clock.advance(1)
        assert exchange._said is not tickers, "the best prices are watched"
        stream(exchange, "bidsasks", ticker(bid=6, ask=8, last=None))
        await exchange.clock.settle()

    assert seen.prices == [("6", "8", "7")]


async def test_binances_prompt_prices_take_the_last_one_from_candles() -> None:
    exchange = HandExchange(*ALL, "watchOHLCV", exchange="binance")
    exchange.has_closed()
    exchange.answers["fetch_tickers"] = {}
    async with opened(exchange) as (market, seen):
        assert market._parts is not None
        market.watch(BTC)
        await exchange.clock.advance(1)
        stream(exchange, "bidsasks", ticker(bid=6, ask=8, last=None))
        await exchange.clock.settle()
        before = list(seen.prices)
        market._parts.prices.traded(BTC, Decimal(7))
        await exchange.clock.settle()

    assert before == []
    assert seen.prices == [("6", "8", "7")]


async def test_who_reads_slowly_gets_the_newest() -> None:
    exchange = HandExchange(*ALL)
    exchange.answers["fetch_tickers"] = {}
    async with opened(exchange) as (market, _):
        slow = market.stream_tickers()
        first = asyncio.ensure_future(anext(slow))
        market.watch(BTC)
        for bid in (1.1, 1.2, 1.3):
            await exchange.clock.advance(1)
            stream(exchange, "tickers", ticker(bid=bid))
        await exchange.clock.settle()
        await first
        second = await anext(slow)
        await slow.aclose()  # type: ignore[attr-defined] # a generator

    assert second.bid == Decimal("1.3")


async def test_an_instrument_that_nobody_watches_any_more_is_not_asked_for() -> None:
    exchange = HandExchange("fetchTickers")
    exchange.answers["fetch_tickers"] = {BTC: ticker()}
    async with opened(exchange) as (market, _):
        leave: list[Callable[[], None]] = [market.watch(BTC), market.watch(BTC)]
        leave[0]()
        leave[0]()
        await exchange.clock.advance(6)
        asked = exchange.asked["fetch_tickers"]
        leave[1]()
        await exchange.clock.advance(60)

        assert asked == 2
        assert exchange.asked["fetch_tickers"] == asked


@pytest.mark.parametrize("told", [None, "<html>", ticker(bid=3, ask=2), {"bid": "x"}, ticker(bid=float("nan"))])
async def test_prices_that_make_no_sense_are_not_told(told: object) -> None:
    exchange = HandExchange("fetchTickers")
    exchange.answers["fetch_tickers"] = {BTC: told}
    async with opened(exchange) as (market, seen):
        market.watch(BTC)
        await exchange.clock.advance(6)

    assert seen.prices == []


async def test_a_ticker_without_best_prices_takes_them_from_the_book() -> None:
    exchange = HandExchange()
    exchange.answers |= {"fetch_ticker": ticker(bid=None, ask=None), "fetch_order_book": {"bids": [[1.4, 3]], "asks": [[1.6, 3]]}}
    async with opened(exchange) as (market, _):
        fetched = await market.fetch_ticker(BTC)
        exchange.answers["fetch_order_book"] = {"bids": [], "asks": []}
        with pytest.raises(VenueUnavailable, match="no best prices"):
            await market.fetch_ticker(BTC)

    assert (fetched.bid, fetched.ask, fetched.last) == (Decimal("1.4"), Decimal("1.6"), Decimal("1.5"))


async def test_a_thousand_selectors_are_one_look_at_the_market() -> None:
    exchange = HandExchange("fetchTickers")
    exchange.answers["fetch_tickers"] = {BTC: {"quoteVolume": 5}, ETH: {"baseVolume": 4, "last": 2}, "X/Y": {"quoteVolume": 9}}
    async with opened(exchange) as (market, _):
        chosen = await asyncio.gather(*(market.select(Selector(quote="USDT", top=2)) for _ in range(1000)))
        without = await market.select(Selector(quote="USDT", top=2, exclude=(ETH,)))
        with pytest.raises(VenueRefused, match="its quotes: USDT"):
            await market.select(Selector(quote="EUR"))
        asked = exchange.asked["fetch_tickers"]
        await exchange.clock.advance(3600)
        await market.select(Selector(quote="USDT", top=1))

    assert set(chosen) == {(ETH, BTC)}
    assert without == (BTC,)
    assert asked == 1
    assert exchange.asked["fetch_tickers"] == 2
