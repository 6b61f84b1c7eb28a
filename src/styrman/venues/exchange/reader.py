"""Reads what happened to an account's orders: at once where the stream is new, in rounds where there is none."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from styrman.domain.orders import Fill, OrderReport
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.orders import Orders
from styrman.venues.exchange.told import Told, key_of

Fills = Callable[[str, datetime], Awaitable[Sequence[Fill]]]
_ALL_AT_ONCE = 8  # from so many instruments on, all open orders in one request are cheaper
_OVERLAP = timedelta(seconds=60)


class AccountReader:
    """Finds the news of the instruments that have orders: those that work, and those that were placed lately."""

    def __init__(self, connection: Connection, orders: Orders, fills: Fills, told: Told) -> None:
        self._connection = connection
        self._orders = orders
        self._fills = fills
        self._told = told
        self._unread: dict[str, datetime] = {}  # instruments whose orders and trades must be read whole, and since when

    def expect(self, instrument: str) -> None:
        """Read the instrument whole the next time: an order was sent there, and may be final before anybody looks."""
        self._unread.setdefault(instrument, self._connection.venue_now() - _OVERLAP)

    async def catch_up(self, since: datetime) -> list[OrderReport | Fill]:
        """Return what happened since to every instrument with an order, fills before the reports that count them."""
        found = await self._orders.open()
        for instrument in {report.instrument for report in found} | {key[0] for key in self._told.working}:
            self._unread[instrument] = min(since, self._unread.get(instrument, since))
        return await self.read()

    async def read(self) -> list[OrderReport | Fill]:
        """Return the news of the instruments with orders that work, and of those that are to be read whole. VenueError."""
        unread = dict(self._unread)
        reports = await self._open(unread.keys() | {key[0] for key in self._told.working})
        reports += await self._gone({key_of(report) for report in reports})
        for instrument, since in unread.items():
            reports += await self._orders.since(instrument, since)
        latest = {key_of(report): report for report in reports}
        news = sorted((each for each in latest.values() if self._told.is_news(each)), key=lambda each: each.market_time)
        traded = {report.instrument: self._began(report) for report in news if self._told.counts_more(report)}
        fills = await self._traded(unread | {name: min(at, unread.get(name, at)) for name, at in traded.items()})
        for instrument in unread:
            self._unread.pop(instrument, None)
        return [*fills, *news]

    async def _open(self, instruments: Iterable[str]) -> list[OrderReport]:
        names = sorted(instruments)
        if len(names) > _ALL_AT_ONCE:
            return await self._orders.open()
        return [report for name in names for report in await self._orders.open(name)]

    async def _gone(self, open_now: set[tuple[str, str]]) -> list[OrderReport]:
        """Return those that worked when they were last told of, and do not any more."""
        gone = [key for key in self._told.working if key not in open_now]
        read = [await self._orders.read(*key) for key in gone]
        return [report for report in read if report is not None]

    def _began(self, report: OrderReport) -> datetime:
        known = self._told.working.get(key_of(report))
        return (report if known is None else known).market_time - _OVERLAP

    async def _traded(self, spans: dict[str, datetime]) -> list[Fill]:
        return [fill for instrument, since in spans.items() for fill in await self._fills(instrument, since)]
