"""Leverage and margin mode of swaps: set once per instrument, before the first order there, and only where the configuration says so."""

import asyncio

from styrman.errors import OrderDenied, VenueError, VenueRefused, VenueUnavailable
from styrman.ports import Priority
from styrman.venues.exchange.connection import Connection

_AS_IT_WAS = ("MarginModeAlreadySet", "NoChange", "-4046", "not modified", "No need to change")


class Leverage:
    """Prepares instruments for their first order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ready: set[str] = set()
        self._preparing: dict[str, asyncio.Lock] = {}

    async def prepare(self, instrument: str) -> None:
        """Return once the instrument is as configured. VenueRefused: it can't be; OrderDenied: not now, and no order was sent."""
        options = self._connection.options
        if instrument in self._ready or (options.leverage is None and options.margin_mode is None):
            return
        async with self._preparing.setdefault(instrument, asyncio.Lock()):
            if instrument in self._ready:
                return
            if options.margin_mode is not None:
                await self._set("set_margin_mode", options.margin_mode, instrument)
            if options.leverage is not None:
                await self._set("set_leverage", options.leverage, instrument)
            self._ready.add(instrument)

    async def _set(self, method: str, value: object, instrument: str) -> None:
        try:
            await self._connection.call(method, value, instrument, priority=Priority.ORDER)
        except VenueUnavailable as error:
            raise OrderDenied("leverage", f"{instrument} could not be prepared ({method}), so no order was sent: {error.detail}") from None
        except VenueError as error:
            if any(word in error.detail for word in _AS_IT_WAS):
                return
            raise VenueRefused(f"{instrument}: {method} {value} was refused, so no order was sent: {error.detail}") from None
