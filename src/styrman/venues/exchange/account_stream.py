"""What happens to the account's orders, as it happens: streamed where the exchange does, read in rounds where not, or while it doesn't.

A stream that is silent may be idle or dead. It is audited: what a reading finds and the stream has not told proves it dead.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from styrman.domain.orders import Fill, OrderReport
from styrman.errors import ErrorClass, StyrmanError, VenueError, VenueRefused, VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.orders import Orders
from styrman.venues.exchange.parsed import ClientIds, Parsed, fill_of, text
from styrman.venues.exchange.reader import AccountReader
from styrman.venues.exchange.told import Told

log = get_logger()
FIRST_RETRY_S, LAST_RETRY_S = 5.0, 60.0
AUDITS_S = (1.0, 4.0, 30.0)  # after the stream was opened; the last again and again. What came while it opened is caught up with
_CATCHING_UP = 2  # so many of them
_LATE = timedelta(seconds=5)  # what is younger may still be on its way


class AccountStream:
    """One reader at a time. `note` and `expect` tell it of orders of ours, so that none is overlooked."""

    def __init__(self, connection: Connection, orders: Orders, client_ids: ClientIds, told: Told, reader: AccountReader) -> None:
        self._connection = connection
        self._orders = orders
        self._client_ids = client_ids
        self._told = told
        self._reader = reader
        self._messages: asyncio.Queue[OrderReport | Fill | StyrmanError] = asyncio.Queue()
        self._streams = True
        self.is_live = False  # streamed, not polled

    def expect(self, instrument: str) -> None:
        """An order is being sent there."""
        self._reader.expect(instrument)

    def note(self, report: OrderReport) -> None:
        """Tell what an answer said of an order of ours. Where it counts trades that were not told of, they come first."""
        if not self._told.counts_more(report):
            self._tell([report])

    def stream(self) -> AsyncGenerator[OrderReport | Fill, None]:
        """Yield what happens from this call on. VenueError that waiting would not mend ends it."""
        return self._stream(self._connection.venue_now())

    async def _stream(self, since: datetime) -> AsyncGenerator[OrderReport | Fill, None]:
        self._messages = asyncio.Queue()
        self._streams = self._connection.has("watchOrders") and self._connection.exchange.has.get("watchOrders") is True
        following = asyncio.create_task(self._follow(since), name=f"venue:{self._connection.name}:account")
        try:
            while True:
                message = await self._messages.get()
                if isinstance(message, StyrmanError):
                    raise message
                yield message
        finally:
            self.is_live = False
            following.cancel()
            await asyncio.wait({following})

    async def _follow(self, since: datetime) -> None:
        """Stream, and poll while that fails, for ever."""
        retry_s = FIRST_RETRY_S
        try:
            while True:
                if self._streams:
                    retry_s = await self._stream_until_it_fails(since, retry_s)
                since = await self._poll_for(retry_s * random.uniform(0.75, 1.0), since)  # noqa: S311 - jitter
        except StyrmanError as error:
            self._messages.put_nowait(error)
        except Exception as error:
            log.exception("the account's stream broke", venue=self._connection.name)
            self._messages.put_nowait(VenueUnavailable(f"Venue {self._connection.name!r}: its account can't be followed: {error!r}"))

    async def _stream_until_it_fails(self, since: datetime, retry_s: float) -> float:
        """Return after how long to try again."""
        began = self._connection.clock.monotonic()
        try:
            await self._watch(since)
        except VenueRefused as error:
            log.warning("the account does not stream; it is read instead", venue=self._connection.name, error=error.detail)
            self._streams = False
        except VenueError as error:
            if error.error_class is ErrorClass.AUTH:
                raise
            log.warning("the account's stream failed; reading it meanwhile", venue=self._connection.name, error=error.detail)
        finally:
            self.is_live = False
        lasted = self._connection.clock.monotonic() - began
        return FIRST_RETRY_S if lasted > LAST_RETRY_S else min(retry_s * 2, LAST_RETRY_S)

    async def _poll_for(self, span_s: float, since: datetime) -> datetime:
        """Read in rounds for so long, for ever where nothing streams; return since when there may be news that nobody told.

        The first round reads all that happened since; those after it look at what works and what was placed, which weighs little.
        """
        clock, until, caught_up = self._connection.clock, self._connection.clock.monotonic() + span_s, False
        while not self._streams or clock.monotonic() < until:
            asked = self._connection.venue_now() - _LATE
            try:
                self._tell(await (self._reader.read() if caught_up else self._reader.catch_up(since)))
                since, caught_up = since if caught_up else asked, True
            except VenueError as error:
                if error.error_class is ErrorClass.AUTH:
                    raise
                log.warning("the account could not be read; reading again", venue=self._connection.name, error=error.detail)
            await clock.sleep(self._connection.options.poll_s)
        return since

    # ------------------------------------------------------------ streaming

    async def _watch(self, since: datetime) -> None:
        """Follow the stream until it fails: VenueError."""
        ways = {"trades": "watch_my_trades"} if self._connection.has("watchMyTrades") else {}
        waiting: dict[str, asyncio.Task[Any]] = {}
        auditing = asyncio.create_task(self._audit(since), name=f"venue:{self._connection.name}:account:audit")
        try:
            while True:
                for name, method in (ways | {"orders": "watch_orders"}).items():
                    if name not in waiting:
                        waiting[name] = asyncio.create_task(self._connection.watch(method), name=f"venue:{self._connection.name}:{name}")
                await asyncio.wait({auditing, *waiting.values()}, return_when=asyncio.FIRST_COMPLETED)
                if auditing.done():
                    auditing.result()
                self._hear(waiting)
        finally:
            await self._leave(auditing, *waiting.values())

    def _hear(self, waiting: dict[str, asyncio.Task[Any]]) -> None:
        """Tell what came, trades before the reports that count them: one message of the exchange resolves both."""
        for name in ("trades", "orders"):
            task = waiting.get(name)
            if task is None or not task.done():
                continue
            del waiting[name]
            rows = cast("Sequence[Parsed]", task.result())
            self.is_live = True
            self._tell(self._trades(rows) if name == "trades" else self._orders.reports(rows))

    def _trades(self, rows: Sequence[Parsed]) -> list[Fill]:
        return [fill for row in rows if (fill := self.fill(row)) is not None]

    def fill(self, row: Parsed) -> Fill | None:
        """Return a trade of ours as a fill; None where it is of another market, or can't be read: a later reading finds it."""
        listing = self._connection.listings.get(text(row, "symbol") or "")
        if listing is None:
            return None
        with contextlib.suppress(ArithmeticError, KeyError, TypeError, ValueError):
            info = row.get("info")
            told = text(info, "c") if isinstance(info, dict) else None  # Binance: an execution report names its order
            return fill_of(row, listing, self._client_ids.of(listing.rules.instrument, text(row, "order") or "") or told)
        self._connection.unreadable += 1
        self.expect(listing.rules.instrument)
        return None

    async def _audit(self, since: datetime) -> None:
        """Read now and then what the stream should have told. VenueUnavailable where it has not."""
        clock = self._connection.clock
        number = 0
        while True:
            await clock.sleep(AUDITS_S[min(number, len(AUDITS_S) - 1)])
            number += 1
            try:
                read = await (self._reader.catch_up(since) if number <= _CATCHING_UP else self._reader.read())
            except VenueError as error:
                if error.error_class is ErrorClass.AUTH:
                    raise
                # A reading that failed says nothing about the stream; to read instead of streaming would ask for even more.
                log.warning("the account's stream could not be audited", venue=self._connection.name, error=error.detail)
                number -= 1  # what it was to bring in is asked for again
                continue
            if number <= _CATCHING_UP:
                self._tell(read)
                continue
            news = [each for each in read if isinstance(each, Fill) or self._told.is_news(each)]
            late = [each for each in self._tell(news) if each.market_time < self._connection.venue_now() - _LATE]
            if late:
                raise VenueUnavailable(f"Venue {self._connection.name!r}: the account's stream stalled; {len(late)} messages were missing.")

    async def _leave(self, *tasks: asyncio.Task[Any]) -> None:
        """End what waits, and the connection that it waited for: a dead one would be used again."""
        exchange = self._connection.exchange
        for url, client in list((exchange.clients or {}).items()) if exchange is not None else []:
            if any(name in client.futures for name in ("orders", "myTrades")):
                exchange.clients.pop(url, None)
                await client.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()  # looked at, or asyncio complains that nobody did

    def _tell(self, messages: Sequence[OrderReport | Fill]) -> list[OrderReport | Fill]:
        """Pass on what is new, and return that."""
        fresh: list[OrderReport | Fill] = []
        for message in messages:
            if isinstance(message, Fill):
                if not self._told.takes(message):
                    continue
            elif not self._told.is_news(message):
                continue
            else:
                self._told.note(message)
            fresh.append(message)
            self._messages.put_nowait(message)
        return fresh
