"""Requests: what a Plan or a target asks for in the venue's terms, rounded towards safety. Judges nothing; the risk rules do."""

from decimal import Decimal
from typing import TYPE_CHECKING

from styrman.domain.market import Side
from styrman.domain.orders import OrderRequest, OrderType, WorkingOrder
from styrman.trading.intents import new_client_order_id

if TYPE_CHECKING:
    from styrman.trading.bot import Bot


def is_dust(bot: "Bot", request: OrderRequest) -> bool:
    """Whether what is left of an order that traded in part is too little to be sent."""
    price = request.price or request.stop_price or bot.feeds.price(request.instrument)
    return not request.quantity or (price is not None and bot.rules[request.instrument].is_dust(request.quantity, price))


def request_of(bot: "Bot", order: WorkingOrder) -> OrderRequest:
    """Return the request for what a Plan's order has not traded yet, rounded to the venue's rules towards safety."""
    rules = bot.rules[order.instrument]
    rest = max(Decimal(0), order.quantity - bot.trader.memory.traded.get(order.key, Decimal(0)))
    price = None if order.price is None else rules.round_price(Decimal(order.price), order.side)
    return OrderRequest(
        client_order_id=new_client_order_id(),
        instrument=order.instrument,
        side=order.side,
        type=order.type,
        quantity=rules.round_quantity(rest),
        price=price if order.type is OrderType.LIMIT else None,
        stop_price=price if order.type is OrderType.STOP else None,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
    )


def market_order(instrument: str, side: Side, quantity: Decimal, *, reduce_only: bool = False) -> OrderRequest:
    """Return a request for a market order."""
    return OrderRequest(
        client_order_id=new_client_order_id(),
        instrument=instrument,
        side=side,
        type=OrderType.MARKET,
        quantity=quantity,
        reduce_only=reduce_only,
    )
