"""What the journal and the stream are told of protections: placed, moved, refused, touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from styrman.domain.events import Event, EventKind
from styrman.trading.protections import Barrier
from styrman.trading.resting import barrier_of
from styrman.trading.trader import LiveOrder


@dataclass(frozen=True, slots=True)
class Touch:
    """A barrier that was touched, and the price that did it; None where no price is known."""

    instrument: str
    barrier: Barrier
    price: Decimal | None
    market_time: datetime


def touched_event(bot_id: str, touch: Touch, at: datetime) -> Event:
    """Return the event `ProtectionTouched`: the position is being closed, or was, by the venue or by us."""
    price = None if touch.price is None else str(touch.price)
    return _event(
        "ProtectionTouched",
        bot_id,
        at,
        touch.barrier,
        {"instrument": touch.instrument, "price": price, "market_time": touch.market_time.isoformat()},
    )


def resting_event(name: str, orders: Sequence[LiveOrder], *, at: datetime, reason: str = "") -> Event:
    """Return the event of orders that protect one position: `ProtectionPlaced`, `ProtectionMoved` or `ProtectionRefused`."""
    intents = [order.intent for order in orders]
    prices: dict[str, JsonValue] = {barrier_of(each).value: str(each.request.stop_price or each.request.price) for each in intents}
    request = intents[0].request
    fields: dict[str, JsonValue] = {"instrument": request.instrument, "quantity": str(request.quantity), "prices": prices}
    return _event(name, intents[0].bot_id, at, reason, fields)


def _event(name: str, bot_id: str, at: datetime, reason: str, fields: dict[str, JsonValue]) -> Event:
    return Event(kind=EventKind.LIFECYCLE, name=name, at=at, bot_id=bot_id, reason=reason, fields=fields)
