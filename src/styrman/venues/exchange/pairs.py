"""A stop and a target as one request, of which each takes the other off: Binance's order list (OCO) on spot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from styrman.domain.market import Side
from styrman.domain.orders import OrderReport, OrderRequest
from styrman.errors import VenueRefused
from styrman.ports import Gate
from styrman.venues.exchange.connection import Connection
from styrman.venues.exchange.orders import Orders
from styrman.venues.exchange.parsed import Parsed
from styrman.venues.exchange.rules import plain
from styrman.venues.simulation.admission import check_pair


class Pairs:
    """Places pairs. https://developers.binance.com/docs/binance-spot-api-docs/rest-api/trading-endpoints, "New Order list - OCO"."""

    def __init__(self, connection: Connection, orders: Orders) -> None:
        self._connection = connection
        self._orders = orders

    async def create(
        self, stop: OrderRequest, target: OrderRequest, *, stamp: datetime, not_after: datetime, gate: Gate
    ) -> tuple[OrderReport, OrderReport]:
        """Place both with one request. See `ports.Venue.create_pair`."""
        if not self._connection.facts.order_lists or self._connection.options.market != "spot":
            raise VenueRefused(f"Venue {self._connection.name!r} has no order lists, as for {stop.instrument}; place the two one by one.")
        check_pair(stop, target)
        listing = self._orders.listing(stop.instrument)
        request = {
            "symbol": listing.market_id,
            "side": stop.side.upper(),
            "quantity": listing.to_venue(stop.quantity),
            "newOrderRespType": "FULL",
            **_legs(stop, target),
            **self._orders.window(stamp, not_after),
        }

        async def place(exchange: Any) -> tuple[OrderReport, OrderReport]:
            answer = await exchange.private_post_orderlist_oco(request)
            rows = {row["clientOrderId"]: exchange.parse_order(row) for row in answer["orderReports"]}
            return self._told(rows, stop), self._told(rows, target)

        reports: tuple[OrderReport, OrderReport] = await self._connection.make(self._orders.send("create_pair", stamp, gate), place)
        return reports

    def _told(self, rows: Mapping[str, Parsed], leg: OrderRequest) -> OrderReport:
        return self._orders.placed(rows[leg.client_order_id], leg, self._orders.listing(leg.instrument))


def _legs(stop: OrderRequest, target: OrderRequest) -> dict[str, str]:
    """Return the legs by where they lie: what sells stops below and takes its profit above; what buys, the other way round."""
    stopping = {"Type": "STOP_LOSS", "StopPrice": plain(stop.stop_price or stop.quantity), "ClientOrderId": stop.client_order_id}
    taking = {"Type": "LIMIT_MAKER", "Price": plain(target.price or target.quantity), "ClientOrderId": target.client_order_id}
    above, below = (taking, stopping) if stop.side is Side.SELL else (stopping, taking)
    return {f"above{key}": value for key, value in above.items()} | {f"below{key}": value for key, value in below.items()}
