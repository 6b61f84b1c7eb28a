"""One ccxt.pro instance, and the only way to it: budgets kept, time-outs set, errors translated, what came back looked at.

It holds no orders and no market data. Everything that is asked of an exchange goes through `call` or `watch`.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from styrman.clock import Clock
from styrman.domain.market import InstrumentRules, to_ms
from styrman.errors import ClockSkewed, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.ports import Budget, BudgetReading, Limit, Priority
from styrman.venues.exchange.calls import OK, Call, calling, current, lists_things, retry_after_s, tracing
from styrman.venues.exchange.credentials import Credential
from styrman.venues.exchange.errors import Where, is_ccxt, translate
from styrman.venues.exchange.facts import facts_of
from styrman.venues.exchange.instances import load_ccxt, make_instance
from styrman.venues.exchange.offsets import Offset
from styrman.venues.exchange.options import ExchangeOptions
from styrman.venues.exchange.rules import Listing, listings
from styrman.venues.exchange.sharing import OUTGOING, Shared

log = get_logger()
TIMEOUT_S = 10.0
LOADING_S = 60.0
_SPAN_S = 10.0  # of an exchange's budget that we know nothing of but ccxt's pace
_MOST_OF_BUDGET = 0.5  # one request never asks for more: a budget that is smaller than the request would never let it out


class Connection:
    """An exchange, for one venue. `exchange` is ccxt's instance; None before `open`."""

    exchange: Any  # ccxt's classes are generated and untyped

    def __init__(
        self, name: str, options: ExchangeOptions, *, shared: Shared, clock: Clock, credential: Callable[[], Credential] | None = None
    ) -> None:
        self.name = name
        self.options = options
        self.clock = clock
        self.facts = facts_of(options.exchange)
        self.listings: Mapping[str, Listing] = {}
        self.rules: Mapping[str, InstrumentRules] = {}
        self.unreadable = 0  # answers that made no sense, so far
        self.exchange = None
        self._shared = shared
        self._find_credential = credential
        self._where = Where(name, options.exchange)
        self._session: aiohttp.ClientSession | None = None
        self._offset = Offset(name, self._fetch_time, clock)
        self._measuring: asyncio.Task[None] | None = None
        self._weight: Budget | None = None
        self._most_weight = 1

    @property
    def address(self) -> str:
        """Who counts our requests: the exchange, or what stands in for it."""
        return f"{self.options.exchange} {self.options.base_url or ''}".strip()

    async def open(self) -> None:
        """Find the keys, make the instance, load its markets, measure its clock. VenueError where that fails."""
        await self.close()
        credential = None if self._find_credential is None else self._find_credential()
        self._where = Where(self.name, self.options.exchange, credential)
        ccxt_pro = await load_ccxt()
        tls = self._shared.tls()
        connector = aiohttp.TCPConnector(ssl=tls, limit=0)  # budgets limit us; a full pool would hold requests back after signing
        self._session = aiohttp.ClientSession(connector=connector, trace_configs=[tracing()])
        self._session._retry_connection = False  # noqa: SLF001 - aiohttp sends PUT and DELETE again by itself; nothing is sent twice
        self.exchange = make_instance(ccxt_pro, self.options, credential, self._session)
        self.exchange.ssl_context = tls
        self._hook()
        try:
            await self._load()
        except BaseException:
            await self.close()
            raise
        self._measuring = asyncio.create_task(self._offset.keep(), name=f"venue:{self.name}:clock")

    async def _load(self) -> None:
        key = (self.options.exchange, self.options.market, self.options.base_url or "")
        await self._shared.load_markets(key, self.exchange, lambda: self.call("load_markets", timeout_s=LOADING_S))
        markets = self.exchange.markets
        self.listings = listings(markets.values(), self.options.market, self.exchange.precisionMode)
        self.rules = {symbol: listing.rules for symbol, listing in self.listings.items()}
        if not self.rules:
            raise VenueRefused(
                f"Venue {self.name!r}: {self.options.exchange} lists no {self.options.market} markets; choose the other market."
            )
        if self.has("fetchTime"):
            await self._offset.measure()

    async def close(self) -> None:
        """Close streams and connections."""
        measuring, self._measuring = self._measuring, None
        if measuring is not None:
            measuring.cancel()
            await asyncio.wait({measuring})
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            await exchange.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def has(self, feature: str) -> bool:
        """Whether ccxt has a method for this exchange, such as "watchOHLCV"; emulated ones count."""
        return self.exchange is not None and bool(self.exchange.has.get(feature))

    def clock_offset(self) -> timedelta | None:
        """Return the venue's clock minus ours; None where it was not measured within the last three minutes."""
        return self._offset.known

    def venue_now(self) -> datetime:
        """Return the venue's time, as well as we know it."""
        return self._offset.now()

    async def call(
        self,
        method: str,
        *args: object,
        weight: int | None = None,
        priority: Priority = Priority.DATA,
        timeout_s: float = TIMEOUT_S,
        listing: bool = False,
        **kwargs: object,
    ) -> Any:
        """Call a REST method of ccxt and return its answer. Only styrman's errors are raised.

        Its part of the budget is counted by ccxt's cost of each request it makes; weight 0: the caller has taken it. `listing`: the
        answer lists things, none perhaps. ccxt makes "none" of anything it can't read, and "none" would be taken for a proof.
        """
        call = Call(method=method, priority=priority, is_paid=weight == 0)

        async def ask(exchange: Any) -> Any:
            answer = await getattr(exchange, method)(*args, **kwargs)
            if listing and not lists_things(call.answer):
                raise ValueError("the answer lists nothing, not even nothing")
            return answer

        return await self.make(call, ask, timeout_s=timeout_s)

    async def make(self, call: Call, request: Callable[[Any], Any], *, timeout_s: float = TIMEOUT_S) -> Any:
        """Make a request on behalf of a call, and return ccxt's answer. Only styrman's errors are raised."""
        try:
            with calling(call):
                async with asyncio.timeout(timeout_s):
                    return await request(self._opened())
        except asyncio.CancelledError as error:
            raise self._cancelled(error, call) from None
        except Exception as error:  # noqa: BLE001 - ccxt raises anything where an answer makes no sense
            raise self.failure(error, call) from None

    async def watch(self, method: str, *args: object, **kwargs: object) -> Any:
        """Wait for the next message of a stream of ccxt's. Only styrman's errors are raised; the caller watches the time."""
        call = Call(method=method)
        try:
            with calling(call):
                return await getattr(self._opened(), method)(*args, **kwargs)
        except asyncio.CancelledError as error:
            raise self._cancelled(error, call) from None
        except Exception as error:  # noqa: BLE001 - see make
            raise self.failure(error, call) from None

    def failure(self, error: Exception, call: Call) -> Exception:
        """Return the error in our words, and do what it asks for at once. Its own text may hold a signature, and goes nowhere."""
        told = translate(error, call, self._where)
        if isinstance(told, ClockSkewed):
            self._offset.measure_soon()
        if call.status is not None and not is_ccxt(error):
            self.unreadable += 1
            log.warning("the exchange's answer could not be read", venue=self.name, method=call.method, kind=type(error).__name__)
        return told

    def _cancelled(self, error: asyncio.CancelledError, call: Call) -> BaseException:
        """Tell a cancel of ours from the one that ccxt gives to those who wait for a stream that it closes."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return error
        return VenueUnavailable(f"Venue {self.name!r}: the stream of {call.method} was closed; it is opened anew.")

    def _opened(self) -> Any:
        if self.exchange is None:
            raise VenueUnavailable(f"Venue {self.name!r} is not open; it is being opened, or was closed.")
        return self.exchange

    # ------------------------------------------------------------ hooks in the instance

    def _hook(self) -> None:
        exchange = self.exchange
        exchange.throttle = self._throttle
        exchange.on_rest_response = self._look_at
        if self.facts.signs_our_time:
            exchange.milliseconds = self._sign_time
        limit = self.facts.weight or Limit(max(10, math.floor(_SPAN_S * 1000 / max(1.0, float(exchange.rateLimit)))), _SPAN_S)
        if self.options.budgets.weight_1m is not None:
            limit = Limit(self.options.budgets.weight_1m, 60.0)
        self._weight = self._shared.budgets.request_weight(self.address, OUTGOING, limit)
        self._most_weight = max(1, math.floor(limit.amount * _MOST_OF_BUDGET))

    @property
    def weight(self) -> Budget:
        """What may be asked of the exchange from our address. Only after `open`."""
        if self._weight is None:
            raise VenueUnavailable(f"Venue {self.name!r} is not open yet; nothing can be asked.")
        return self._weight

    def readings(self) -> tuple[BudgetReading, ...]:
        """Return how the request weight of our address stands; none before it was opened."""
        return () if self._weight is None else self._weight.readings("request weight")

    async def _throttle(self, cost: float | None = None) -> None:
        """Wait for a request's part of the budget. ccxt calls this before it signs."""
        call = current() or Call(method="stream")
        if not call.is_paid:
            weight = max(1, math.ceil(float(cost or 1) * self.facts.weight_per_cost))
            await self.weight.acquire(min(weight, self._most_weight), call.priority)

    def _sign_time(self) -> int:
        call = current()
        return call.stamp_ms if call is not None and call.stamp_ms is not None else to_ms(self._offset.now())

    def _look_at(self, status: int, *answer: Any) -> str:
        """Keep what an answer says, before ccxt makes an error of it; obey its Retry-After for everyone at once.

        ccxt calls it with the reason, URL and method, then the answer's headers and body, then the request's.
        """
        headers, body = answer[3], str(answer[4])
        call = current()
        if call is not None:
            call.status, call.headers, call.answer = status, headers, self.exchange.parse_json(body)
            if status == OK and call.answer is None:
                raise ValueError("an answer that is no JSON")  # which ccxt would pass on as text
        pause_s = retry_after_s(status, headers)
        if pause_s is not None:
            log.warning("the exchange asks us to wait", venue=self.name, status=status, seconds=pause_s)
            self._shared.budgets.pause(self.address, OUTGOING, pause_s)
        return body.strip()

    async def _fetch_time(self) -> int:
        return int(await self.call("fetch_time"))
