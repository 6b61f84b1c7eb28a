"""The order endpoints: place, test, look up, cancel, list. What the simulated exchange has no words for is refused by code."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import Side
from styrman.domain.orders import Fill, OrderRequest, OrderType, TimeInForce
from styrman.testnet.call import Call, Json
from styrman.testnet.orders import Renderer, legs_of, list_answer
from styrman.testnet.parameters import Parameters
from styrman.testnet.refusals import CANCEL_REJECTED, NO_SUCH_ORDER, Refusal, missing, unknown_order
from styrman.testnet.symbols import ORDER_TYPES
from styrman.venues.simulation.orders import Order, Terms

_SIDES, _FORCES, _ANSWERS = ("BUY", "SELL"), ("GTC", "IOC", "FOK"), ("ACK", "RESULT", "FULL")
_LIMITS = ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
_STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_TRADING = {"LIMIT": OrderType.LIMIT, "LIMIT_MAKER": OrderType.LIMIT, "MARKET": OrderType.MARKET}
_UNSUPPORTED = ("icebergQty", "trailingDelta")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as it was asked for, and in which words it is answered."""

    request: OrderRequest
    terms: Terms
    answer: str


def new_id() -> str:
    """Return a client id for who sends none."""
    return secrets.token_hex(11)


def side_of(parameters: Parameters) -> Side:
    """Return the side that was sent. Refusal."""
    return Side(parameters.choice("side", _SIDES, Refusal(-1117, "Invalid side.")).lower())


def terms_of(kind: str) -> Terms:
    """Return the terms of one of Binance's order types."""
    return Terms(name=kind, is_target=kind.startswith("TAKE_PROFIT"), becomes_limit=kind in _LIMITS and kind in _STOPS, any_client_id=True)


def read_order(call: Call) -> Wanted:
    """Return the order that a request asks for. Refusal."""
    parameters, instrument = call.parameters, call.instrument()
    side = side_of(parameters)
    kind = parameters.choice("type", ORDER_TYPES, Refusal(-1116, "Invalid orderType."))
    _refuse_unsupported(parameters)
    usual = "ACK" if kind in _STOPS else "FULL"
    answer = parameters.text("newOrderRespType") or usual
    if answer not in _ANSWERS:
        raise Refusal(-1118, "Invalid newOrderRespType.")
    request = OrderRequest(
        client_order_id=parameters.client_id("newClientOrderId") or new_id(),
        instrument=instrument,
        side=side,
        type=_TRADING.get(kind, OrderType.STOP),
        quantity=_quantity(call, kind, side),
        price=_price(parameters, "price", kind in _LIMITS),
        stop_price=_price(parameters, "stopPrice", kind in _STOPS),
        time_in_force=_force(parameters, kind),
        post_only=kind == "LIMIT_MAKER",
    )
    return Wanted(request, terms_of(kind), answer)


class OrderDesk:
    """What the order endpoints do."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def place(self, call: Call) -> Json:
        """Place an order."""
        wanted = read_order(call)
        order = await call.bourse.place(wanted.request, wanted.terms, in_parts=call.in_parts)
        call.made.append(order.number)
        fills = call.bourse.records.view(call.bourse.clock.monotonic(), shows_all=True).fills(number=order.number)
        return self._renderer.placed(order, counted(order, fills), wanted.answer)

    async def test(self, call: Call) -> Json:
        """Check an order and place nothing."""
        wanted = read_order(call)
        call.bourse.refuse_duplicate(wanted.request)
        call.bourse.exchange.check(wanted.request, wanted.terms)
        return {}

    async def read(self, call: Call) -> Json:
        """Look an order up, by its number or the newest with a client id."""
        return self._renderer.full(await self._find(call, NO_SUCH_ORDER))

    async def cancel(self, call: Call) -> Json:
        """Take an order off, and the other leg of its pair with it."""
        order = await self._find(call, CANCEL_REJECTED)
        if not order.is_open:
            raise unknown_order(CANCEL_REJECTED)
        canceled = await call.bourse.cancel(order)
        if order.list_id:
            return list_answer(self._renderer, legs_of(call, order.list_id), reports=True)
        return self._renderer.canceled(canceled, call.parameters.client_id("newClientOrderId") or new_id())

    async def open(self, call: Call) -> Json:
        """List the working orders."""
        instrument = call.any_instrument()
        await call.bourse.exchange.working(instrument)
        return [self._renderer.full(order) for order in call.view.orders(instrument) if order.is_open]

    async def cancel_open(self, call: Call) -> Json:
        """Take all working orders of a symbol off."""
        instrument = call.instrument()
        working = await call.bourse.exchange.working(instrument)
        if not working:
            raise unknown_order(CANCEL_REJECTED)
        canceled = [await call.bourse.cancel(order) for order in working if call.bourse.is_working(order)]
        return [self._renderer.canceled(order, new_id()) for order in canceled]

    async def all(self, call: Call) -> Json:
        """List the orders of a symbol, final ones too."""
        instrument, parameters = call.instrument(), call.parameters
        await call.bourse.exchange.working(instrument)
        orders: Sequence[Order] = call.view.orders(instrument)
        first, limit = parameters.integer("orderId"), parameters.limit(500, 1000)
        if first is not None:
            orders = [order for order in orders if order.number >= first]
            return [self._renderer.full(order) for order in orders[:limit]]
        since, until = span_of(parameters)
        orders = [order for order in orders if since <= self._renderer.wall_ms(order.created_ms) <= until]
        chosen = orders[:limit] if parameters.integer("startTime") is not None else orders[-limit:]
        return [self._renderer.full(order) for order in chosen]

    async def _find(self, call: Call, code: int) -> Order:
        instrument, parameters = call.instrument(), call.parameters
        number, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
        if number is None and client_id is None:
            raise Refusal(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
        await call.bourse.exchange.working(instrument)
        view = call.view if code == NO_SUCH_ORDER else call.bourse.records.view(0, shows_all=True)
        order = view.order(number) if number is not None else view.newest(instrument, str(client_id))
        if order is None or order.request.instrument != instrument:
            raise unknown_order(code)
        return order


def counted(order: Order, fills: Sequence[Fill]) -> list[Fill]:
    """Return the first fills of an order, as many as it counts."""
    taken: list[Fill] = []
    filled = Decimal(0)
    for fill in fills:
        if filled + fill.quantity > order.filled:
            break
        filled += fill.quantity
        taken.append(fill)
    return taken


def span_of(parameters: Parameters) -> tuple[int, int]:
    """Return the wall times between which something is asked for."""
    since, until = parameters.integer("startTime"), parameters.integer("endTime")
    return since or 0, until if until is not None else 2**62


def _quantity(call: Call, kind: str, side: Side) -> Decimal:
    """Return how much of base is wanted; a market order may say it in quote."""
    spent = call.parameters.decimal("quoteOrderQty")
    if spent is None or kind != "MARKET":
        return call.parameters.need_decimal("quantity")
    rules = call.rules()
    quote = call.bourse.market.quote(rules.instrument, call.bourse.exchange.timeline.now_ms())
    if quote is None:
        raise Refusal(-2010, "Market is closed.")
    return rules.round_quantity(spent / quote.taking(side))


def _force(parameters: Parameters, kind: str) -> TimeInForce:
    """Return how long an order works. What trades at the market is gone at once, on a book that never runs empty."""
    sent = parameters.text("timeInForce")
    if sent is not None and sent not in _FORCES:
        raise Refusal(-1115, "Invalid timeInForce.")
    if kind == "MARKET":
        return TimeInForce.IOC
    if sent is None and kind in _LIMITS and kind != "LIMIT_MAKER":
        raise missing("timeInForce")
    return TimeInForce((sent or "GTC").lower())


def _price(parameters: Parameters, name: str, wanted: bool) -> Decimal | None:  # noqa: FBT001 - whether this type has the price
    """Return a price that this type of order needs; refuse one that it has no use for."""
    if wanted:
        return parameters.need_decimal(name)
    if parameters.text(name):
        raise Refusal(-1106, f"Parameter '{name}' sent when not required.")
    return None


def _refuse_unsupported(parameters: Parameters) -> None:
    for name in _UNSUPPORTED:
        if parameters.text(name):
            raise Refusal(-1013, f"This testnet has no {name}.")
