"""ccxt's orders and trades as `OrderReport` and `Fill`. What can't be read raises; `Connection` makes VenueUnavailable of it."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from styrman.domain.market import Side, from_ms
from styrman.domain.orders import Fill, OrderReport, OrderType, VenueOrderStatus
from styrman.venues.exchange.rules import Listing, number

Parsed = Mapping[str, JsonValue]  # one of ccxt's unified structures
_REMEMBERED = 100_000  # orders whose client id is kept
_STATUS = {
    "open": VenueOrderStatus.OPEN,
    "canceling": VenueOrderStatus.OPEN,
    "closed": VenueOrderStatus.FILLED,
    "canceled": VenueOrderStatus.CANCELED,
    "expired": VenueOrderStatus.EXPIRED,
    "rejected": VenueOrderStatus.EXPIRED,  # it was an order once, or it would not be told of; it never traded
}
_WITH_DEADLINE = ("GTD", "GTT", "DAY")


class ClientIds:
    """Which client id an order was given, by the exchange's own: trades often come without."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, str], str | None] = OrderedDict()

    def learn(self, report: OrderReport) -> None:
        """Remember an order's client id, or that it has none."""
        self.note(report.instrument, report.venue_order_id, report.client_order_id)

    def note(self, instrument: str, venue_order_id: str, client_order_id: str | None) -> None:
        """Remember it by its parts."""
        key = (instrument, venue_order_id)
        if client_order_id is not None or key not in self._ids:
            self._ids[key] = client_order_id
        self._ids.move_to_end(key)
        if len(self._ids) > _REMEMBERED:
            self._ids.popitem(last=False)

    def knows(self, instrument: str, venue_order_id: str) -> bool:
        """Whether the order was seen."""
        return (instrument, venue_order_id) in self._ids

    def of(self, instrument: str, venue_order_id: str) -> str | None:
        """Return an order's client id, as far as it is known."""
        return self._ids.get((instrument, venue_order_id))


def text(parsed: Parsed, key: str) -> str | None:
    """Return a field as text; None where it is missing or empty."""
    value = parsed.get(key)
    return None if value is None or value == "" else str(value)


def moment(parsed: Parsed, *keys: str, default: datetime) -> datetime:
    """Return the first of the fields that holds a time."""
    found = next((value for key in keys if (value := parsed.get(key))), None)
    return default if found is None else from_ms(int(number(found)))


def report_of(parsed: Parsed, listing: Listing, now: datetime) -> OrderReport:
    """Return an order as ccxt parsed it. ValueError where it has no id."""
    venue_order_id = text(parsed, "id")
    if venue_order_id is None:
        raise ValueError("an order without an id")
    filled, quantity = listing.to_base(number(parsed.get("filled"))), listing.to_base(number(parsed.get("amount")))
    price, stop = _price(parsed, "price"), _price(parsed, "triggerPrice") or _price(parsed, "stopPrice") or _price(parsed, "stopLossPrice")
    kind = _type(parsed, stop)
    return OrderReport(
        venue_order_id=venue_order_id,
        client_order_id=text(parsed, "clientOrderId"),
        instrument=listing.rules.instrument,
        side=Side(str(parsed["side"])),
        type=kind,
        status=_status(parsed, filled, quantity),
        quantity=quantity,
        filled=filled,
        price=price if kind is OrderType.LIMIT else None,
        stop_price=stop,
        average_price=_price(parsed, "average") if filled else None,
        reason="rejected by the exchange" if parsed.get("status") == "rejected" else "",
        market_time=moment(parsed, "lastUpdateTimestamp", "lastTradeTimestamp", "timestamp", default=now),
    )


def _type(parsed: Parsed, stop: Decimal | None) -> OrderType:
    if stop is not None:
        return OrderType.STOP
    return OrderType.MARKET if parsed.get("type") == "market" else OrderType.LIMIT


def _status(parsed: Parsed, filled: Decimal, quantity: Decimal) -> VenueOrderStatus:
    status = _STATUS[str(parsed.get("status") or "open")]
    if status is VenueOrderStatus.OPEN and filled:
        return VenueOrderStatus.PARTIALLY_FILLED
    if status is VenueOrderStatus.FILLED and filled < quantity:
        return VenueOrderStatus.CANCELED  # some close an order that they take off
    # Binance says "expired" of what IOC leaves, of a pair's other leg, of what would trade with ourselves: no deadline passed.
    is_deadline = text(parsed, "timeInForce") in _WITH_DEADLINE or parsed.get("status") == "rejected"
    return VenueOrderStatus.CANCELED if status is VenueOrderStatus.EXPIRED and not is_deadline else status


def _price(parsed: Parsed, key: str) -> Decimal | None:
    return number(parsed.get(key)) or None


def fill_of(parsed: Parsed, listing: Listing, client_order_id: str | None) -> Fill:
    """Return a trade of ours as ccxt parsed it. ValueError where it has no id or no order."""
    trade_id, order_id = text(parsed, "id"), text(parsed, "order")
    if trade_id is None or order_id is None:
        raise ValueError("a trade without an id, or without an order")
    fee, currency = _fee(parsed, listing)
    return Fill(
        trade_id=f"{listing.market_id}:{trade_id}",  # trade ids are a market's own at many exchanges, and ours are the account's
        venue_order_id=order_id,
        client_order_id=text(parsed, "clientOrderId") or client_order_id,
        instrument=listing.rules.instrument,
        side=Side(str(parsed["side"])),
        price=number(parsed["price"]),
        quantity=listing.to_base(number(parsed["amount"])),
        fee=fee,
        fee_currency=currency,
        maker=parsed.get("takerOrMaker") == "maker",
        market_time=from_ms(int(number(parsed["timestamp"]))),
    )


def _fee(parsed: Parsed, listing: Listing) -> tuple[Decimal, str]:
    single, several = parsed.get("fee"), parsed.get("fees")
    listed = [each for each in several if isinstance(each, dict)] if isinstance(several, list) else []
    fee = single if isinstance(single, dict) and single.get("cost") is not None else next(iter(listed), {})
    return number(fee.get("cost")), str(fee.get("currency") or listing.rules.quote)
