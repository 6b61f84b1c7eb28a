"""Orders of one account: placed once, taken off, found again. It journals nothing and sends nothing twice."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from styrman.domain.market import to_ms
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, TimeInForce
from styrman.errors import OrderRejected, VenueRefused, VenueUnavailable
from styrman.ports import ClientIdClass, Gate, Priority
from styrman.venues.exchange.calls import Call
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.errors import OrderAbsent
from styrman.venues.exchange.parsed import ClientIds, Parsed, fill_of, report_of, text
from styrman.venues.exchange.records import Records
from styrman.venues.exchange.rules import Listing, plain

UNKNOWN_ORDER = "unknown_order"
_RECENT = timedelta(days=1)  # where an order can't be asked for by its client id


class Orders:
    """Speaks of orders with an exchange, through ccxt's unified methods."""

    def __init__(self, connection: Connection, records: Records, client_ids: ClientIds) -> None:
        self._connection = connection
        self._records = records
        self._client_ids = client_ids

    async def create(self, request: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate) -> OrderReport:
        """Place an order, signed with the stamp. One request. See `ports.Venue.create_order`."""
        listing = self.listing(request.instrument)
        call = self.send("create_order", stamp, gate)

        async def place(exchange: Any) -> OrderReport:
            parsed = await exchange.create_order(
                request.instrument,
                "limit" if request.type is OrderType.LIMIT else "market",
                request.side.value,
                listing.to_venue(request.quantity),
                None if request.price is None else plain(request.price),
                self._params(request) | self.window(stamp, not_after),
            )
            return self.placed(parsed, request, listing)

        report: OrderReport = await self._connection.make(call, place)
        return report

    def send(self, method: str, stamp: datetime, gate: Gate) -> Call:
        """Return the call of a request that may make an order; its part of the budgets was taken before it was stamped."""
        offset = self._connection.clock_offset() or timedelta(0)
        return Call(method=method, priority=Priority.ORDER, gate=gate, stamp_ms=to_ms(stamp + offset), is_paid=True)

    def window(self, stamp: datetime, not_after: datetime) -> dict[str, int]:
        """Return how a request says until when it may be taken; empty where it does not say so itself."""
        name = self._connection.facts.window_param
        return {} if name is None else {name: max(1, (not_after - stamp) // timedelta(milliseconds=1))}

    def _params(self, request: OrderRequest) -> dict[str, object]:
        params: dict[str, object] = {}
        if self._connection.facts.client_id_class is not ClientIdClass.C:
            params["clientOrderId"] = request.client_order_id
        if request.post_only:
            params["postOnly"] = True
        if request.time_in_force is not TimeInForce.GTC:
            params["timeInForce"] = request.time_in_force.upper()
        if request.stop_price is not None:
            params[self._connection.facts.stop_param] = plain(request.stop_price)
        if request.reduce_only and self._connection.options.market == "swap":
            params["reduceOnly"] = True
        return params

    def placed(self, parsed: Parsed, request: OrderRequest, listing: Listing) -> OrderReport:
        """Return the report of an order from the answer that placed it; where that says little, from what was asked.

        ValueError where the answer is not of this order: then nobody knows.
        """
        said = {key: value for key, value in parsed.items() if value not in (None, "")}
        if said.get("clientOrderId", request.client_order_id) != request.client_order_id:
            raise ValueError("the answer is about another order")
        if said.get("status") == "rejected":
            raise OrderRejected("rejected", f"Order {request.client_order_id!r} on {request.instrument} was rejected by the exchange.")
        asked: dict[str, Any] = {
            "side": request.side.value,
            "type": "limit" if request.type is OrderType.LIMIT else "market",
            "amount": listing.to_venue(request.quantity),
            "price": request.price,
            "triggerPrice": request.stop_price,
            "clientOrderId": request.client_order_id,
            "timeInForce": request.time_in_force.upper(),
        }
        report = report_of(asked | said, listing, self._connection.venue_now())
        self._client_ids.learn(report)
        return report

    async def cancel(self, instrument: str, venue_order_id: str) -> OrderReport:
        """Take an order off, and return it as the exchange knows it after that. OrderRejected: it knows no such order."""
        unknown = OrderRejected(UNKNOWN_ORDER, f"Venue {self._connection.name!r} knows no order {venue_order_id!r} on {instrument}.")
        if self._connection.facts.by_id and not venue_order_id.isdigit():
            raise unknown
        with contextlib.suppress(OrderRejected):  # it is final, or there is none: reading it tells
            await self._connection.call("cancel_order", venue_order_id, instrument, priority=Priority.CANCEL)
        report = await self.read(instrument, venue_order_id)
        if report is None:
            raise unknown
        return report

    async def read(self, instrument: str, venue_order_id: str) -> OrderReport | None:
        """Return an order by the exchange's own id; None where it knows none."""
        try:
            parsed = await self._connection.call("fetch_order", venue_order_id, instrument, priority=Priority.CANCEL)
        except OrderAbsent:
            return None
        return self._report(parsed)

    async def find(self, instrument: str, client_order_id: str) -> OrderReport | None:
        """Return the newest order with this client id; None where the exchange knows none."""
        self.listing(instrument)
        lookup = self._connection.facts.lookup_param
        if lookup is None:
            return await self._search(instrument, client_order_id)
        try:
            parsed = await self._connection.call("fetch_order", None, instrument, {lookup: client_order_id}, priority=Priority.ORDER)
        except OrderAbsent:
            return None
        report = self._report(parsed)  # an answer without an id is nonsense, not a no
        if report.client_order_id != client_order_id:
            raise VenueUnavailable(f"Venue {self._connection.name!r} was asked for order {client_order_id!r} and told of another.")
        return report

    async def _search(self, instrument: str, client_order_id: str) -> OrderReport | None:
        since = self._connection.venue_now() - _RECENT
        reports = [*await self.since(instrument, since), *await self.open(instrument)]
        return next((each for each in reversed(reports) if each.client_order_id == client_order_id), None)

    async def open(self, instrument: str | None = None) -> list[OrderReport]:
        """Return the working orders, oldest first."""
        if instrument is not None:
            self.listing(instrument)
        rows = await self._records.open_orders(instrument)
        return [self._report(row) for row in rows if text(row, "symbol") in self._connection.listings]

    async def since(self, instrument: str, since: datetime) -> list[OrderReport]:
        """Return the orders made since, final ones too, oldest first."""
        self.listing(instrument)
        return [self._report(row) for row in await self._records.orders(instrument, since)]

    async def fills(self, instrument: str, since: datetime) -> list[Fill]:
        """Return the account's fills of an instrument since, oldest first, with their orders' client ids."""
        listing = self.listing(instrument)
        rows = await self._records.trades(instrument, since)
        try:
            return [fill_of(row, listing, self._client_ids.of(instrument, text(row, "order") or "")) for row in rows]
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise self._connection.failure(error, Call(method="fetch_my_trades", status=200)) from None

    def _report(self, parsed: Parsed) -> OrderReport:
        try:
            report = report_of(parsed, self.listing(str(parsed["symbol"])), self._connection.venue_now())
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise self._connection.failure(error, Call(method="orders", status=200)) from None
        self._client_ids.learn(report)
        return report

    def reports(self, rows: Sequence[Parsed]) -> list[OrderReport]:
        """Return the reports of the rows that are of our market."""
        return [self._report(row) for row in rows if text(row, "symbol") in self._connection.listings]

    def listing(self, instrument: str) -> Listing:
        """Return an instrument's listing; VenueRefused where the exchange has none."""
        found = self._connection.listings.get(instrument)
        if found is None:
            raise VenueRefused(f"Venue {self._connection.name!r} has no instrument {instrument!r}; see its list of instruments.")
        return found
