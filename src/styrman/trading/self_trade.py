"""Self-trade: two bots of one account never trade with each other; of two orders that would meet, the later is denied.

The risk rules judge an order when it is decided; what others have sent since then is judged here, in the step in which it enters
the blotter. Exits pass: a position must not be trapped.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from styrman.domain.market import Side
from styrman.domain.orders import Intent, OrderRequest, OrderType, TimeInForce
from styrman.errors import OrderDenied
from styrman.trading.gates import EXITS

if TYPE_CHECKING:
    from styrman.trading.blotter import Blotter
    from styrman.trading.trader import Trader

Taking: TypeAlias = Callable[[str, Side], Decimal | None]  # where a market order would begin to trade; None: not known


def may_rest(request: OrderRequest) -> bool:
    """Whether an order may wait in the book for another."""
    return request.type is OrderType.LIMIT and request.time_in_force is TimeInForce.GTC


def self_trade(blotter: "Blotter", trader: "Trader", intent: Intent, taking: Taking | None) -> OrderDenied | None:
    """Return why an order may not join those in the blotter; None where it may. One at a price that nobody knows was judged before."""
    request = intent.request
    if intent.origin in EXITS:
        return None
    opposing = blotter.opposing(trader, request.instrument, request.side, rests=may_rest(request))
    if opposing is None:
        return None
    price = request.price or request.stop_price or (taking and taking(request.instrument, request.side))
    if not price or (price - opposing) * request.side.sign < 0:
        return None
    where = opposing if opposing and opposing.is_finite() else "market"
    return OrderDenied(
        "self_trade",
        f"Order {intent.intent_id!r} of bot {intent.bot_id!r} was denied (self_trade): another bot of the account works the other side "
        f"of {request.instrument} at {where}.",
    )
