"""The WebSockets under a ccxt instance: how many there are, how fast they are asked, and which of them is dead."""

from collections.abc import Collection
from typing import Any

from styrman.clock import Clock
from styrman.errors import VenueUnavailable
from styrman.log import get_logger
from styrman.venues.exchange.connection import Connection

REQUESTS_PER_S = 4  # Binance hangs up on who sends more than five a second
_PRIVATE = ("orders", "mytrades", "balance", "positions", "authenticated")

log = get_logger()


class Pace:
    """Requests on WebSockets, one after the other at a rate that exchanges bear."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_at = clock.monotonic()

    async def turn(self) -> None:
        """Wait for the next place."""
        now = self._clock.monotonic()
        at = max(now, self._next_at)
        self._next_at = at + 1 / REQUESTS_PER_S
        if at > now:
            await self._clock.sleep(at - now)


def share_sockets(exchange: Any) -> None:
    """Let one connection carry all symbols. ccxt would open up to fifty at Binance, one for each set of symbols asked for."""
    options = exchange.options
    limits = options.get("streamLimits")
    if isinstance(limits, dict):
        options["streamLimits"] = dict.fromkeys(limits, 1)
        options["subscriptionLimitByStream"] = dict.fromkeys(limits, 1_000_000)  # ccxt counts up alone; given up ones count on
    if "watchOrderBookLimit" in options:
        options["watchOrderBookLimit"] = 100  # a snapshot of a thousand levels weighs ten times as much


def reset_silent(connection: Connection, instruments: Collection[str], silence_s: float) -> bool:
    """End the connections that carry these instruments and have been silent for so long; return whether there was one.

    Who waits for something on it is told that it was lost. A private one is left alone: it may well be silent.
    """
    now_ms = connection.clock.timestamp() * 1000
    found = False
    names = {name.lower() for each in instruments for name in (each, connection.listings[each].market_id)}
    for client in list((connection.exchange.clients or {}).values()):
        heard_ms = client.last_message_at or client.connectionEstablished or 0
        if now_ms - heard_ms >= silence_s * 900 and _carries(client, names):
            log.warning("a market connection is silent; it is made anew", venue=connection.name, silent_s=round((now_ms - heard_ms) / 1000))
            client.on_error(VenueUnavailable("the connection was silent"))
            found = True
    return found


def _carries(client: Any, names: Collection[str]) -> bool:
    hashes = [str(each).lower() for each in (*client.subscriptions, *client.futures)]
    if any(each.startswith(_PRIVATE) for each in hashes):
        return False
    return any(name in each for name in names for each in hashes)
