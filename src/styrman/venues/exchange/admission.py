"""What is refused before it is sent: what the instrument's rules forbid, and what ccxt would quietly round into another order."""

from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import OrderRequest, OrderType
from styrman.errors import VenueRefused
from styrman.ports.venue import Capabilities
from styrman.venues.simulation.admission import Rejection, check_request, refuse
from styrman.venues.simulation.quotes import Quote

_DEAR = Decimal("Infinity")
# The price of a market order is the exchange's to know, and so is whether its value is too small.
_UNPRICED = Quote(at_ms=0, last=_DEAR, bid=_DEAR, ask=_DEAR, offered=_DEAR, jumped=False)


def admit(request: OrderRequest, rules: InstrumentRules, capabilities: Capabilities) -> None:
    """Refuse an order that the exchange would, or could not, take as it is. InvalidOrder with both figures, VenueRefused."""
    check_request(request, rules, _UNPRICED)
    can = capabilities
    if request.type not in can.order_types or (request.type is OrderType.STOP and not can.stop_orders):
        raise VenueRefused(f"{request.instrument} takes no {request.type} {request.side} orders here; use another type.")
    if request.time_in_force not in can.time_in_force or (request.post_only and not can.post_only):
        wanted = "post-only" if request.post_only else request.time_in_force
        raise VenueRefused(f"{request.instrument} takes no {wanted} orders here; leave it out.")
    if request.reduce_only and not can.margin and request.side is Side.BUY:
        raise refuse(Rejection.NOTHING_TO_REDUCE, request, "a spot account holds no short position that a buy could reduce")
