"""Orders that the tests of this folder send."""

import itertools
from datetime import timedelta
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.market import Side
from styrman.domain.orders import OrderReport, OrderRequest, OrderType
from styrman.ports import Venue

_numbers = itertools.count(1)


async def send(venue: Venue, clock: Clock, side: Side, quantity: str, price: str | None = None, **more: object) -> OrderReport:
    """Place an order on BTC/USDT: a limit where there is a price, else a market order."""
    fields = {"client_order_id": f"order{next(_numbers)}", "instrument": "BTC/USDT", "side": side, "quantity": Decimal(quantity)}
    kind = {"type": OrderType.MARKET} if price is None else {"type": OrderType.LIMIT, "price": Decimal(price)}
    request = OrderRequest(**(fields | kind | more))  # type: ignore[arg-type] # the tests' shorthand
    now = clock.now()
    return await venue.create_order(request, stamp=now, not_after=now + timedelta(seconds=5), gate=lambda: None)
