"""What the filters of history mean: as conditions on columns, and of a value in memory. Side by side, since they must say the same."""

from collections.abc import Sequence

from styrman.domain.events import Event
from styrman.domain.orders import Intent
from styrman.domain.records import BotFill
from styrman.ports import EventFilter, OrderFilter
from styrman.store.paging import Where

_ORDER_TEXTS = ("bot_id", "instrument", "intent_id", "client_order_id", "venue_order_id", "key", "reason")
_EVENT_TEXTS = ("name", "reason")


def of_intents(where: OrderFilter) -> Where:
    """Return the conditions on the columns of intents."""
    among = {"bot_id": where.bots, "account": where.accounts, "instrument": where.instruments, "state": where.states}
    return Where(among=among, text=where.text, texts=_ORDER_TEXTS)


def is_intent(where: OrderFilter, intent: Intent) -> bool:
    """Whether an intent is among those asked for."""
    request = intent.request
    own = (intent.bot_id, request.instrument, intent.intent_id, request.client_order_id, intent.venue_order_id, intent.key, intent.reason)
    is_its = _any(where.bots, intent.bot_id) and _any(where.accounts, intent.account) and _any(where.instruments, request.instrument)
    return is_its and _any(where.states, intent.state) and _said(where.text, own)


def of_fills(where: OrderFilter) -> Where:
    """Return the conditions on the columns of fills."""
    return Where(among={"bot_id": where.bots, "account": where.accounts, "instrument": where.instruments})


def is_fill(where: OrderFilter, booked: BotFill) -> bool:
    """Whether a fill is among those asked for."""
    is_its = _any(where.bots, booked.bot_id) and _any(where.accounts, booked.account)
    return is_its and _any(where.instruments, booked.fill.instrument)


def of_events(where: EventFilter) -> Where:
    """Return the conditions on the columns of events."""
    actors = () if where.actor is None else (where.actor,)
    among = {"bot_id": where.bots, "kind": where.kinds, "name": where.names, "actor": actors}
    return Where(among=among, since=where.since, until=where.until, text=where.text, texts=_EVENT_TEXTS)


def is_event(where: EventFilter, event: Event) -> bool:
    """Whether an event is among those asked for."""
    is_its = _any(where.bots, event.bot_id) and _any(where.kinds, event.kind) and _any(where.names, event.name)
    is_then = (where.since is None or event.at >= where.since) and (where.until is None or event.at <= where.until)
    return is_its and is_then and where.actor in (None, event.actor) and _said(where.text, (event.name, event.reason))


def _any(wanted: Sequence[str], value: str | None) -> bool:
    return not wanted or value in wanted


def _said(text: str, values: Sequence[str | None]) -> bool:
    return not text or any(text.lower() in value.lower() for value in values if value)
