"""What a simulated venue checks before it takes an order, and the enumerated reasons with which it refuses one."""

from decimal import Decimal
from enum import StrEnum

from styrman.domain.market import InstrumentRules
from styrman.domain.orders import OrderRequest, OrderType, TimeInForce
from styrman.errors import InvalidOrder
from styrman.venues.simulation.orders import PLAIN, Terms
from styrman.venues.simulation.quotes import Quote

_MAX_CLIENT_ID = 32


class Rejection(StrEnum):
    """Why an order was refused. It does not exist then."""

    CLIENT_ID = "client_order_id"  # not 1 to 32 letters and digits
    PRICE_MISSING = "price_missing"  # a limit without a price, a stop without a stop price
    PRICE_UNUSED = "price_unused"  # a price that this type of order has no use for
    OFF_TICK = "price_off_tick"
    OFF_LOT = "quantity_off_lot"
    TOO_SMALL = "quantity_too_small"
    BELOW_MIN_NOTIONAL = "below_min_notional"
    TIME_IN_FORCE = "time_in_force"  # a stop or a post-only order that should be gone at once
    WOULD_CROSS = "would_cross"  # post-only, and would trade at once
    NOTHING_TO_REDUCE = "nothing_to_reduce"
    NO_PRICE = "no_price"  # the instrument has not begun to trade
    INSUFFICIENT_FUNDS = "insufficient_funds"
    UNKNOWN_ORDER = "unknown_order"
    PAIR_UNLIKE = "pair_unlike"  # not a stop and a limit of one instrument, side and quantity
    PAIR_PRICES = "pair_prices"  # a pair of which one leg would trade or trigger at once
    STOP_TOUCHED = "stop_touched"  # a stop that would trigger at once, where its sender wants none such


def refuse(reason: Rejection, request: OrderRequest, detail: str) -> InvalidOrder:
    """Return the error that refuses this order."""
    return InvalidOrder(reason, f"Order {request.client_order_id!r} on {request.instrument} refused ({reason}): {detail}.")


def check_request(request: OrderRequest, rules: InstrumentRules, quote: Quote, terms: Terms = PLAIN) -> None:
    """Refuse what the instrument's rules forbid, whatever the account holds. InvalidOrder."""
    name = request.client_order_id
    if not terms.any_client_id and not (name.isascii() and name.isalnum() and len(name) <= _MAX_CLIENT_ID):
        raise refuse(Rejection.CLIENT_ID, request, f"write 1 to {_MAX_CLIENT_ID} letters and digits")
    _check_prices(request, rules, terms)
    _check_size(request, rules, quote)
    is_instant = request.time_in_force is not TimeInForce.GTC
    if is_instant and (request.post_only or request.type is OrderType.STOP):
        raise refuse(Rejection.TIME_IN_FORCE, request, f"{request.time_in_force} goes with neither post-only nor a stop")


def check_pair(stop: OrderRequest, target: OrderRequest) -> None:
    """Refuse what is no stop and limit of one instrument, side and quantity. InvalidOrder."""
    alike = (stop.instrument, stop.side, stop.quantity) == (target.instrument, target.side, target.quantity)
    if not alike or stop.type is not OrderType.STOP or target.type is not OrderType.LIMIT:
        raise refuse(
            Rejection.PAIR_UNLIKE, stop, f"it pairs with {target.client_order_id!r} only as a stop and a limit of one side and quantity"
        )


def _check_prices(request: OrderRequest, rules: InstrumentRules, terms: Terms) -> None:
    for field, price, wanted in (
        ("price", request.price, request.type is OrderType.LIMIT or terms.becomes_limit),
        ("stop_price", request.stop_price, request.type is OrderType.STOP),
    ):
        if wanted and (price is None or price <= 0):
            raise refuse(Rejection.PRICE_MISSING, request, f"a {request.type} order needs a {field} above zero, not {price}")
        if not wanted and price is not None:
            raise refuse(Rejection.PRICE_UNUSED, request, f"a {request.type} order has no use for {field} {price}")
        if price is not None and price % rules.price_tick:
            raise refuse(Rejection.OFF_TICK, request, f"{field} {price} is no multiple of the tick {rules.price_tick}")
    if request.post_only and request.type is not OrderType.LIMIT:
        raise refuse(Rejection.PRICE_MISSING, request, f"post-only wants a limit, not a {request.type} order")


def _check_size(request: OrderRequest, rules: InstrumentRules, quote: Quote) -> None:
    quantity, least = request.quantity, max(rules.min_quantity, rules.quantity_step)
    if quantity < least:
        raise refuse(Rejection.TOO_SMALL, request, f"quantity {quantity} is below the least, {least}")
    if quantity % rules.quantity_step:
        raise refuse(Rejection.OFF_LOT, request, f"quantity {quantity} is no multiple of the lot {rules.quantity_step}")
    value = quantity * price_bound(request, quote)
    if value < rules.min_notional:
        raise refuse(Rejection.BELOW_MIN_NOTIONAL, request, f"its value {value:f} is below the least, {rules.min_notional} {rules.quote}")


def price_bound(request: OrderRequest, quote: Quote) -> Decimal:
    """Return the price by which the order is valued and its money locked: its limit, its stop, or what the market asks now."""
    return request.price or request.stop_price or quote.taking(request.side)
