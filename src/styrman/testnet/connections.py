"""The open WebSockets: what each may still be told, which are silent, and closing them when a fault or the end says so."""

import asyncio
from collections import deque
from fnmatch import fnmatchcase

import orjson
from aiohttp import WSCloseCode, web

from styrman.clock import Clock
from styrman.testnet.faults import FaultRequest

_WAITING = 10_000  # messages that a slow reader may have waiting before it is cut off
_GRACE_S = 1.0


class Connection:
    """One WebSocket. `send` never waits: a writer of its own does."""

    def __init__(self, socket: web.WebSocketResponse, path: str, clock: Clock) -> None:
        self.socket, self.path = socket, path
        self._clock = clock
        self._silent_until = 0.0
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._writer = asyncio.create_task(self._write(), name=f"testnet:socket:{path}")

    def send(self, message: object) -> None:
        """Send a message once those before it are sent; not while the connection is silent."""
        if self._clock.monotonic() < self._silent_until:
            return
        if len(self._waiting) >= _WAITING:
            self._writer.cancel()
            return
        self._waiting.append(orjson.dumps(message))
        self._news.set()

    def silence(self, seconds: float) -> None:
        """Send nothing for so long, though the connection stays."""
        self._silent_until = self._clock.monotonic() + seconds

    async def close(self) -> None:
        """End the connection."""
        self._writer.cancel()
        await asyncio.wait({self._writer})
        await self.socket.close(code=WSCloseCode.GOING_AWAY)

    def cut(self) -> None:
        """Break the connection without a farewell."""
        self._writer.cancel()
        writer = self.socket._writer  # noqa: SLF001 - aiohttp shows a server's transport nowhere else
        if writer is not None and writer.transport is not None:
            writer.transport.abort()

    async def _write(self) -> None:
        while not self.socket.closed:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                try:
                    await self.socket.send_str(self._waiting.popleft().decode())
                except ConnectionError:
                    return


class Connections:
    """All that are open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: set[Connection] = set()

    async def accept(self, request: web.Request) -> Connection:
        """Open a WebSocket."""
        socket = web.WebSocketResponse(timeout=_GRACE_S, heartbeat=None)
        await socket.prepare(request)
        connection = Connection(socket, request.path, self._clock)
        self._open.add(connection)
        return connection

    async def forget(self, connection: Connection) -> None:
        """Release a WebSocket that has ended."""
        self._open.discard(connection)
        await connection.close()

    def strike(self, fault: FaultRequest) -> int:
        """Break the streams that a fault names, or silence them; return how many."""
        struck = [each for each in self._open if fnmatchcase(each.path, fault.path)][: fault.count]
        for connection in struck:
            connection.silence(fault.seconds) if fault.silent else connection.cut()
        return len(struck)

    async def close(self) -> None:
        """End all."""
        for connection in tuple(self._open):
            await self.forget(connection)
