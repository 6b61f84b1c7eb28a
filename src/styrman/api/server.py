"""The HTTP server: uvicorn, which sends answers without delay, and ends the event streams before it waits for connections."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from styrman.manager.bus import Bus


class ApiServer(uvicorn.Server):
    """A server for an application that streams from `bus`. Without this, one open dashboard would hold up every shutdown."""

    def __init__(self, config: uvicorn.Config, bus: Bus, *, on_listening: Callable[[], None] = lambda: None) -> None:
        """`on_listening` is called once connections are taken."""
        super().__init__(config)
        self._bus = bus
        self._on_listening = on_listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the server: uvicorn raises them again before its caller has cleaned up."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve. Sockets that don't listen yet are told to send small packets at once, and their connections inherit it:
        asyncio does so only where a socket was made with its protocol's number, and a body would wait 40 ms for its head's ACK.
        """
        for each in sockets or ():
            if each.family in (socket.AF_INET, socket.AF_INET6):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the streams, then the connections, then the application."""
        self._bus.close()
        await super().shutdown(sockets)
