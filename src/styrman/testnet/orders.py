"""An order in Binance's words: its type, its status, and the JSON of each answer that shows it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from styrman.domain.orders import Fill, OrderType, TimeInForce, VenueOrderStatus
from styrman.testnet.calendar import Calendar
from styrman.testnet.call import Call
from styrman.testnet.symbols import Symbols, text_of
from styrman.venues.simulation.admission import Rejection
from styrman.venues.simulation.matching import PAIR_ENDED
from styrman.venues.simulation.orders import Order

_NOTHING = Decimal(0)
_STATUS = {
    VenueOrderStatus.OPEN: "NEW",
    VenueOrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    VenueOrderStatus.FILLED: "FILLED",
    VenueOrderStatus.CANCELED: "CANCELED",
    VenueOrderStatus.EXPIRED: "EXPIRED",
}
_BY_VENUE = (Rejection.INSUFFICIENT_FUNDS, PAIR_ENDED)  # taken off for these reasons, nobody asked for it


def status_of(order: Order) -> str:
    """Return an order's status: what the venue itself took off has EXPIRED."""
    instant = order.request.time_in_force is not TimeInForce.GTC
    if order.status is VenueOrderStatus.CANCELED and (instant or order.reason in _BY_VENUE):
        return "EXPIRED"
    return _STATUS[order.status]


def force_of(order: Order) -> str:
    """Return how long an order works; a market order says GTC, whatever it does."""
    return "GTC" if order.request.type is OrderType.MARKET else order.request.time_in_force.value.upper()


def list_id_of(order: Order) -> int:
    """Return the order's list, or -1."""
    return order.list_id or -1


class Renderer:
    """Orders and fills as JSON."""

    def __init__(self, symbols: Symbols, calendar: Calendar) -> None:
        self._symbols, self._calendar = symbols, calendar

    def wall_ms(self, market_ms: int) -> int:
        """Return when something of the market happened by the wall."""
        return self._calendar.wall_ms(market_ms)

    def symbol(self, order: Order) -> str:
        """Return an order's symbol."""
        return self._symbols.names[order.request.instrument]

    def core(self, order: Order) -> dict[str, object]:
        """Return what every answer about an order says."""
        request = order.request
        return {
            "symbol": self.symbol(order),
            "orderId": order.number,
            "orderListId": list_id_of(order),
            "clientOrderId": request.client_order_id,
            "price": text_of(request.price or _NOTHING),
            "origQty": text_of(order.quantity),
            "executedQty": text_of(order.filled),
            "origQuoteOrderQty": text_of(_NOTHING),
            "cummulativeQuoteQty": text_of(order.traded),
            "status": status_of(order),
            "timeInForce": force_of(order),
            "type": order.terms.name or request.type.upper(),
            "side": request.side.upper(),
            "selfTradePreventionMode": "NONE",
        } | ({"stopPrice": text_of(request.stop_price)} if request.stop_price else {})

    def full(self, order: Order) -> dict[str, object]:
        """Return an order as a look-up answers."""
        created = self.wall_ms(order.created_ms)
        return self.core(order) | {
            "stopPrice": text_of(order.request.stop_price or _NOTHING),
            "icebergQty": text_of(_NOTHING),
            "time": created,
            "updateTime": self.wall_ms(order.updated_ms),
            "isWorking": not order.is_waiting,
            "workingTime": -1 if order.is_waiting else created,
        }

    def acknowledged(self, order: Order) -> dict[str, object]:
        """Return the shortest answer to a new order."""
        return {
            "symbol": self.symbol(order),
            "orderId": order.number,
            "orderListId": list_id_of(order),
            "clientOrderId": order.request.client_order_id,
            "transactTime": self.wall_ms(order.created_ms),
        }

    def placed(self, order: Order, fills: Iterable[Fill], answer: str) -> dict[str, object]:
        """Return the answer to a new order: ACK, RESULT or FULL."""
        if answer == "ACK":
            return self.acknowledged(order)
        created = self.wall_ms(order.created_ms)
        result = self.core(order) | {"transactTime": created, "workingTime": -1 if order.is_waiting else created}
        return result if answer == "RESULT" else result | {"fills": [_fill(fill) for fill in fills]}

    def canceled(self, order: Order, cancel_id: str) -> dict[str, object]:
        """Return the answer to a cancel."""
        original = order.request.client_order_id
        times = {"transactTime": self.wall_ms(order.updated_ms)}
        return self.core(order) | {"origClientOrderId": original, "clientOrderId": cancel_id} | times

    def trade(self, fill: Fill, list_id: int) -> dict[str, object]:
        """Return a fill as myTrades has it."""
        return {
            "symbol": self._symbols.names[fill.instrument],
            "id": int(fill.trade_id),
            "orderId": int(fill.venue_order_id),
            "orderListId": list_id,
            "price": text_of(fill.price),
            "qty": text_of(fill.quantity),
            "quoteQty": text_of(fill.price * fill.quantity),
            "commission": text_of(fill.fee),
            "commissionAsset": fill.fee_currency,
            "time": self._calendar.wall_at(fill.market_time),
            "isBuyer": fill.side.sign > 0,
            "isMaker": fill.maker,
            "isBestMatch": True,
        }


def legs_of(call: Call, list_id: int) -> Sequence[Order]:
    """Return the legs of a pair as they are now."""
    view = call.bourse.records.view(0, shows_all=True)
    return [order for number in (list_id, list_id + 1) if (order := view.order(number)) is not None]


def list_answer(renderer: Renderer, legs: Sequence[Order], *, reports: bool) -> dict[str, object]:
    """Return a pair as Binance shows an order list; with a report of each leg where it is placed or canceled."""
    first, done = legs[0], not any(leg.is_open for leg in legs)
    symbol = renderer.symbol(first)
    answer: dict[str, object] = {
        "orderListId": first.list_id,
        "contingencyType": "OCO",
        "listStatusType": "ALL_DONE" if done else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if done else "EXECUTING",
        "listClientOrderId": first.terms.list_name,
        "transactionTime": renderer.wall_ms(max(leg.updated_ms for leg in legs)),
        "symbol": symbol,
        "orders": [{"symbol": symbol, "orderId": leg.number, "clientOrderId": leg.request.client_order_id} for leg in legs],
    }
    if reports:
        answer["orderReports"] = [renderer.core(leg) | {"transactTime": renderer.wall_ms(leg.updated_ms)} for leg in legs]
    return answer


def _fill(fill: Fill) -> dict[str, object]:
    return {
        "price": text_of(fill.price),
        "qty": text_of(fill.quantity),
        "commission": text_of(fill.fee),
        "commissionAsset": fill.fee_currency,
        "tradeId": int(fill.trade_id),
    }
