"""An account's history, read to the end: open orders, orders and trades of a span. Rows as ccxt parsed them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import cast

from styrman.domain.market import to_ms
from styrman.ports import Priority
from styrman.venues.exchange.capabilities import features
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.errors import OrderAbsent
from styrman.venues.exchange.history import AHEAD, DAY_MS, Reach, read_from_id, read_span
from styrman.venues.exchange.parsed import ClientIds, Parsed, text
from styrman.venues.exchange.rules import number

_BY_ID_FROM = timedelta(days=7)  # an older span is read by numbers, where there are some: fewer requests than one a day
_BINANCE_PAGE = 1000


class Records:
    """Reads what an exchange remembers. VenueUnavailable where it can't be read whole: half a history proves nothing."""

    def __init__(self, connection: Connection, client_ids: ClientIds) -> None:
        self._connection = connection
        self._client_ids = client_ids

    async def open_orders(self, instrument: str | None) -> list[Parsed]:
        """Return the working orders, oldest first."""
        call = self._connection.call
        rows = cast("list[Parsed]", await call("fetch_open_orders", instrument, priority=Priority.ORDER, listing=True))
        page = self._page("fetchOpenOrders")
        if page is not None and len(rows) >= page:
            rows = cast(
                "list[Parsed]",
                await call("fetch_open_orders", instrument, None, None, {"paginate": True}, priority=Priority.ORDER, listing=True),
            )
        return sorted(rows, key=lambda row: (number(row.get("timestamp")), len(str(row.get("id"))), str(row.get("id"))))

    async def orders(self, instrument: str, since: datetime) -> list[Parsed]:
        """Return the orders of an instrument made since, oldest first."""
        rows: dict[str, Parsed] = {}
        for method in self._order_methods():
            rows |= {str(row.get("id")): row for row in await self._read(method, instrument, since)}
        if "fetch_orders" not in self._order_methods():
            rows |= {str(row.get("id")): row for row in await self.open_orders(instrument)}
        made_since = [row for row in rows.values() if number(row.get("timestamp")) >= to_ms(since)]
        return sorted(made_since, key=lambda row: (number(row.get("timestamp")), len(str(row.get("id"))), str(row.get("id"))))

    async def trades(self, instrument: str, since: datetime) -> list[Parsed]:
        """Return the account's trades of an instrument since, oldest first, each with its order's client id as far as there is one."""
        rows = await self._read("fetch_my_trades", instrument, since)
        found = [row for row in rows if number(row.get("timestamp")) >= to_ms(since)]
        await self._learn_orders(instrument, {str(row["order"]) for row in found if text(row, "order")})
        return found

    async def _learn_orders(self, instrument: str, order_ids: set[str]) -> None:
        """Ask for the orders of trades that came without their client id."""
        for order_id in sorted(each for each in order_ids if not self._client_ids.knows(instrument, each)):
            try:
                parsed = cast("Parsed", await self._connection.call("fetch_order", order_id, instrument))
            except OrderAbsent:
                continue  # no longer kept: nobody's, as far as anybody can tell
            self._client_ids.note(instrument, order_id, text(parsed, "clientOrderId"))

    def _order_methods(self) -> tuple[str, ...]:
        if self._connection.has("fetchOrders"):
            return ("fetch_orders",)
        if self._connection.has("fetchCanceledAndClosedOrders"):
            return ("fetch_canceled_and_closed_orders",)
        both = (("fetchClosedOrders", "fetch_closed_orders"), ("fetchCanceledOrders", "fetch_canceled_orders"))
        return tuple(method for feature, method in both if self._connection.has(feature))

    async def _read(self, method: str, instrument: str, since: datetime) -> Sequence[Parsed]:
        now = self._connection.venue_now()
        reach = self._reach(_FEATURES[method])
        if self._connection.facts.by_id and now - since > _BY_ID_FROM and self._connection.options.market == "spot":
            first = {"fetch_my_trades": "fromId", "fetch_orders": "orderId"}[method]
            return await read_from_id(self._numbered(method, instrument, first), _BINANCE_PAGE)

        async def page(start_ms: int, end_ms: int, limit: int | None) -> Sequence[Parsed]:
            return cast(
                "Sequence[Parsed]", await self._connection.call(method, instrument, start_ms, limit, {"until": end_ms}, listing=True)
            )

        return await read_span(page, to_ms(since), to_ms(now + AHEAD), reach)

    def _numbered(self, method: str, instrument: str, first: str) -> Callable[[int], Awaitable[Sequence[Parsed]]]:
        async def page(number_from: int) -> Sequence[Parsed]:
            answer = await self._connection.call(method, instrument, None, _BINANCE_PAGE, {first: number_from}, listing=True)
            return cast("Sequence[Parsed]", answer)

        return page

    def _page(self, feature: str) -> int | None:
        limit = features(self._connection.exchange, self._connection.options, feature).get("limit")
        return limit if isinstance(limit, int) else None

    def _reach(self, feature: str) -> Reach:
        known = features(self._connection.exchange, self._connection.options, feature)
        span, back = known.get("untilDays"), known.get("daysBack")
        if self._connection.facts.by_id and self._connection.options.market == "spot":
            span = 1  # Binance's documents say 24 hours, of orders and of trades
        return Reach(
            page=self._page(feature),
            span_ms=min(int(span), 30) * DAY_MS if isinstance(span, int | float) else DAY_MS,
            back_ms=int(back) * DAY_MS if isinstance(back, int | float) else 90 * DAY_MS,
        )


_FEATURES = {
    "fetch_my_trades": "fetchMyTrades",
    "fetch_orders": "fetchOrders",
    "fetch_closed_orders": "fetchClosedOrders",
    "fetch_canceled_orders": "fetchClosedOrders",
    "fetch_canceled_and_closed_orders": "fetchClosedOrders",
}
