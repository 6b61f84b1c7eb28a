"""What an order must be before it enters: within the rules, at a known price, paid for. Changes nothing."""

from dataclasses import replace
from decimal import Decimal

from styrman.domain.market import InstrumentRules
from styrman.domain.orders import OrderRequest, OrderType
from styrman.errors import InsufficientFunds
from styrman.venues.papertrading.account import NOTHING, Account
from styrman.venues.papertrading.pit import Pit, touches
from styrman.venues.simulation.admission import Rejection, check_pair, check_request, price_bound, refuse
from styrman.venues.simulation.orders import Order
from styrman.venues.simulation.quotes import Quote


def draft(pit: Pit, account: Account, request: OrderRequest, at_ms: int) -> Order:
    """Return a request as the order that would enter, without a number yet. InvalidOrder."""
    quote = pit.quote(request.side, at_ms)
    if quote is None:
        raise refuse(Rejection.NO_PRICE, request, "nobody offers anything there now")
    check_request(request, pit.rules, quote)
    order = Order(
        number=0,
        request=request,
        quantity=_reducible(pit.rules, account, request) if request.reduce_only else request.quantity,
        unit_claim=account.unit_claim(request, pit.rules, price_bound(request, quote)),
        aggressive=False,
        created_ms=at_ms,
        updated_ms=at_ms,
    )
    order = replace(order, aggressive=_takes(order, pit, quote))
    if request.post_only and order.aggressive:
        raise refuse(Rejection.WOULD_CROSS, request, f"its price {request.price} would trade at once with {quote.taking(request.side)}")
    return order


def draft_pair(pit: Pit, account: Account, stop: OrderRequest, target: OrderRequest, at_ms: int) -> tuple[Order, Order]:
    """Return both legs as `draft` does. InvalidOrder where either would act at once."""
    check_pair(stop, target)
    legs = draft(pit, account, stop, at_ms), draft(pit, account, target, at_ms)
    for leg in legs:
        if leg.aggressive:
            raise refuse(Rejection.PAIR_PRICES, leg.request, f"it would act at once, the price being {pit.last}")
    return legs


def check_funds(pit: Pit, account: Account, order: Order, claim: Decimal) -> None:
    """Refuse what the account can't cover. InsufficientFunds."""
    rivals = (each for each in pit.orders.values() if each.side is order.side and not each.request.reduce_only)
    if order.remaining + sum((each.remaining for each in rivals), NOTHING) <= account.reducible(pit.rules, order.side, NOTHING):
        return  # it closes what is held, and nothing else will
    lacking = account.shortfall(pit.rules, order.side, claim)
    if lacking is not None:
        name = order.request.client_order_id
        raise InsufficientFunds(Rejection.INSUFFICIENT_FUNDS, f"Order {name!r} on {pit.rules.instrument} {lacking}.")


def _reducible(rules: InstrumentRules, account: Account, request: OrderRequest) -> Decimal:
    held = account.reducible(rules, request.side, NOTHING)
    if held < max(rules.min_quantity, rules.quantity_step):
        raise refuse(Rejection.NOTHING_TO_REDUCE, request, f"{held} of it is held to be closed by a {request.side}")
    return min(held, request.quantity)


def _takes(order: Order, pit: Pit, quote: Quote) -> bool:
    """Whether the order trades at once."""
    if order.request.stop_price is not None:
        return pit.last is not None and touches(order, pit.last)
    best = pit.depth.best(order.side) if pit.depth else None
    return order.request.type is OrderType.MARKET or (best is not None and order.allows(quote.taking(order.side)))
