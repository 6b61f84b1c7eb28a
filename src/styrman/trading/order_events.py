"""What the journal and the stream are told of an order's moves and fills."""

from styrman.domain.events import Event, EventKind
from styrman.domain.orders import Intent
from styrman.domain.records import BotFill


def order_event(intent: Intent) -> Event:
    """Return the event of an intent's move to the state it is in: `OrderPrepared`, `OrderSending`, `OrderAcked` and so on."""
    request = intent.request
    return Event(
        kind=EventKind.ORDER,
        name=f"Order{intent.state.value.title().replace('_', '')}",
        at=intent.updated_at,
        bot_id=intent.bot_id,
        reason=intent.reason,
        fields={
            "intent_id": intent.intent_id,
            "state": intent.state.value,
            "instrument": request.instrument,
            "side": request.side.value,
            "type": request.type.value,
            "quantity": str(request.quantity),
            "filled": str(intent.filled),
            "price": None if request.price is None else str(request.price),
            "origin": intent.origin,
            "venue_order_id": intent.venue_order_id,
        },
    )


def fill_event(booked: BotFill) -> Event:
    """Return the event of one trade."""
    fill = booked.fill
    return Event(
        kind=EventKind.FILL,
        name="OrderTraded",
        at=booked.at,
        bot_id=booked.bot_id,
        fields={
            "intent_id": booked.intent_id,
            "trade_id": fill.trade_id,
            "instrument": fill.instrument,
            "side": fill.side.value,
            "quantity": str(fill.quantity),
            "price": str(fill.price),
            "fee": str(fill.fee),
            "fee_currency": fill.fee_currency,
            "market_time": fill.market_time.isoformat(),
        },
    )
