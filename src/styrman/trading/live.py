"""What a bot must have before it trades real money: asked when its spec is taken, and again whenever it starts, since a venue
may have become live since then.
"""

from collections.abc import Iterator

from styrman.domain.spec import BotSpec
from styrman.errors import FieldError, InvalidSpec
from styrman.ports import ClientIdClass, Mode, Venue


def live_faults(venue: Venue, spec: BotSpec) -> Iterator[FieldError]:
    """Yield what keeps a bot off a live venue: every order has a limit there, and what became of it can be found."""
    if venue.mode is not Mode.LIVE:
        return
    if venue.capabilities.client_id_class is ClientIdClass.C:
        why = "its orders can't carry an id of ours, so a lost answer could never be found; trade it on paper: live = false"
        yield FieldError(("venue",), f"venue {venue.name!r} can't be traded live: {why}")
    if spec.risk.max_order_value is None:
        why = "trades real money, and no order goes there without a limit; write risk: {max_order_value: ...}, in quote"
        yield FieldError(("risk", "max_order_value"), f"venue {venue.name!r} {why}")


def check_live(venue: Venue, spec: BotSpec) -> None:
    """Raise InvalidSpec where a bot may not run on its venue as that is now."""
    if faults := list(live_faults(venue, spec)):
        raise InvalidSpec(f"Bot {spec.id!r} may not run: {faults[0].message}.", faults)
