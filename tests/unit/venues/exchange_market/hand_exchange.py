"""An exchange that a test moves by hand, where `Connection` and ccxt would be: what REST answers, and what streams say."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from styrman.clock import ManualClock
from styrman.domain.market import InstrumentRules, to_ms
from styrman.errors import VenueError, VenueUnavailable
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.rules import Listing

BTC, ETH = "BTC/USDT", "ETH/USDT"
MINUTE_MS = 60_000
PAGE = 10


class HandExchange:
    """Stands where a `Connection` does. Candles of a minute are (open, high, low, close, volume) of their number."""

    name = "hand"

    def __init__(self, *features: str, clock: ManualClock | None = None, exchange: str = "hand") -> None:
        self.clock = clock or ManualClock()
        self.start_ms = to_ms(self.clock.now())
        self.options = SimpleNamespace(exchange=exchange)
        self.rules = {name: InstrumentRules(name, name[:3], "USDT") for name in (BTC, ETH)}
        self.listings = {name: Listing(rules, name.replace("/", "")) for name, rules in self.rules.items()}
        self.answers: dict[str, object] = {}
        self.asked: Counter[str] = Counter()
        self.asked_at: list[float] = []
        self.failure: VenueError | None = None
        self.watched: list[Sequence[object]] = []
        self.given_up: list[Sequence[object]] = []
        self.exchange = SimpleNamespace(
            id=exchange,
            ohlcvs={},
            bidsasks={},
            tickers={},
            clients={},
            options={},
            timeframes={"1m": "1m", "1h": "1h"},
            markets_by_id={},
            feature_value=lambda *_: PAGE,
            find_timeframe=lambda interval: interval,
            client=lambda url: url,
        )
        self._features = frozenset(features)
        self._said: asyncio.Future[object] | None = None

    def as_connection(self) -> Connection:
        return cast("Connection", self)  # it has what market data asks of one

    def has(self, feature: str) -> bool:
        return feature in self._features

    def venue_now(self) -> datetime:
        return self.clock.now()

    async def call(self, method: str, *args: object, timeout_s: float = 10.0) -> object:
        del timeout_s
        self.asked[method] += 1
        self.asked_at.append(self.clock.monotonic())
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        answer = self.answers.get(method)
        return answer(*args) if callable(answer) else answer

    async def watch(self, method: str, *args: object) -> object:
        if method.startswith("un_"):
            self.given_up.append(args)
            return None
        self.watched.append(args)
        self._said = asyncio.get_running_loop().create_future()
        return await self._said

    def say(self, answer: object) -> None:
        """Let whoever watches hear this; an error breaks the stream."""
        said, self._said = self._said, None
        if said is None or said.done():
            return
        if isinstance(answer, BaseException):
            said.set_exception(answer)
        else:
            said.set_result(answer)

    def break_stream(self) -> None:
        self.say(VenueUnavailable("reset"))

    # ------------------------------------------------------------ candles

    def row(self, minute: int, price: float | None = None) -> list[float]:
        figure = 100.0 + minute if price is None else price
        return [self.start_ms + minute * MINUTE_MS, figure, figure, figure, figure, 1.0]

    def minutes(self, times: Sequence[int]) -> list[int]:
        return [(int(time) - self.start_ms) // MINUTE_MS for time in times]

    def has_closed(self, *, without: Sequence[int] = ()) -> None:
        """Answer with all candles until now, the open one included."""

        def rows(_symbol: str, _frame: str, since: int | None, limit: int) -> list[list[float]]:
            now = (to_ms(self.clock.now()) - self.start_ms) // MINUTE_MS
            known = [self.row(minute) for minute in range(-50, now + 1) if minute not in without]
            return known[-limit:] if since is None else [row for row in known if row[0] >= since][:limit]

        self.answers["fetch_ohlcv"] = rows

    def stream_candle(self, minute: int, price: float | None = None) -> None:
        """Let the stream tell of a candle, closed or not."""
        kept = self.exchange.ohlcvs.setdefault(BTC, {}).setdefault("1m", [])
        row = self.row(minute, price)
        kept[:] = [each for each in kept if each[0] != row[0]] + [row]
        self.say([row])

    async def at(self, minute: float) -> None:
        """Move on to a moment of market time."""
        await self.clock.advance((self.start_ms - to_ms(self.clock.now())) / 1000 + minute * 60)

    async def soon(self) -> None:
        await self.clock.advance(timedelta(milliseconds=300).total_seconds())
