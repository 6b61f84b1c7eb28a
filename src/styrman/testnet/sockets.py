"""The stream endpoints `/ws` and `/stream`: subscriptions to the market, and the user data stream by its listen key."""

import asyncio
from collections.abc import Coroutine, Sequence

import orjson
from aiohttp import WSMsgType, web

from styrman.testnet.account import ListenKeys
from styrman.testnet.bourse import Bourse
from styrman.testnet.connections import Connection, Connections
from styrman.testnet.events import Event, UserStream
from styrman.testnet.streams import Message, Stream, StreamNames, Teller
from styrman.venues.simulation.frames import bar_after

_PAUSE_S = 0.05  # between two tellings at least, however fast the market runs


class StreamSockets:
    """Serves every stream connection; one task follows the market for each."""

    def __init__(  # noqa: PLR0913, PLR0917 - it joins them
        self, bourse: Bourse, names: StreamNames, teller: Teller, users: UserStream, keys: ListenKeys, connections: Connections
    ) -> None:
        self._bourse, self._names, self._teller, self._users, self._keys = bourse, names, teller, users, keys
        self._connections = connections

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk to one client until it goes."""
        connection = await self._connections.accept(request)
        subscriber = _Subscriber(connection, self._names, is_combined=request.path.endswith("/stream"))
        wanted = _asked(request)
        subscriber.subscribe(wanted)
        key = next((name for name in wanted if self._keys.is_alive(name, self._bourse.clock.monotonic())), None)
        follower = asyncio.create_task(self._follow(subscriber), name="testnet:stream")
        tell = subscriber.tell_user
        if key is not None:
            subscriber.listen_key = key
            self._users.tellers.append(tell)
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    subscriber.answer(message.data)
        finally:
            follower.cancel()
            await asyncio.wait({follower})
            if key is not None:
                self._users.tellers.remove(tell)
            await self._connections.forget(connection)
        return connection.socket

    async def _follow(self, subscriber: "_Subscriber") -> None:
        """Tell what the market does, step by step."""
        clock, timeline = self._bourse.clock, self._bourse.exchange.timeline
        step_ms, speed = self._bourse.market.step_ms, self._bourse.options.speed
        while True:
            now_ms = timeline.now_ms()
            for stream in tuple(subscriber.streams.values()):
                for message in self._teller.news(stream, now_ms):
                    subscriber.tell(stream, message)
            subscriber.news.clear()
            ahead_s = (bar_after(now_ms + 1, step_ms) - now_ms) / 1000 / speed
            await _first(clock.sleep(max(_PAUSE_S, ahead_s)), subscriber.news.wait())


class _Subscriber:
    """One connection's subscriptions."""

    def __init__(self, connection: Connection, names: StreamNames, *, is_combined: bool) -> None:
        self._connection, self._names, self._is_combined = connection, names, is_combined
        self.streams: dict[str, Stream] = {}
        self.news = asyncio.Event()  # there are new subscriptions
        self.listen_key = ""

    def tell(self, stream: Stream, message: Message) -> None:
        """Send a message of a stream."""
        self._connection.send({"stream": stream.name, "data": message} if self._is_combined else message)

    def tell_user(self, event: Event) -> None:
        """Send an event of the account."""
        self._connection.send({"stream": self.listen_key, "data": event} if self._is_combined else event)

    def subscribe(self, names: Sequence[str]) -> None:
        """Follow streams; names that mean nothing are passed over, as Binance does."""
        parsed = [self._names.parse(name) for name in names]
        self.streams |= {stream.name: stream for stream in parsed if stream is not None and stream.name not in self.streams}
        self.news.set()

    def answer(self, text: str) -> None:
        """Answer a request that came over the connection."""
        try:
            request = orjson.loads(text)
            method, number = request["method"], request.get("id")
        except (orjson.JSONDecodeError, TypeError, KeyError):
            self._connection.send({"error": {"code": 2, "msg": "Invalid request: malformed request"}, "id": None})
            return
        names = request.get("params") or []
        result: object = None
        if method == "SUBSCRIBE":
            self.subscribe(names)
        elif method == "UNSUBSCRIBE":
            self.streams = {name: stream for name, stream in self.streams.items() if name not in names}
        elif method == "LIST_SUBSCRIPTIONS":
            result = list(self.streams)
        else:
            self._connection.send({"error": {"code": 2, "msg": f"Invalid request: unknown method {method}"}, "id": number})
            return
        self._connection.send({"result": result, "id": number})


def _asked(request: web.Request) -> list[str]:
    """Return the streams that the address names: /ws/a/b, or /stream?streams=a/b."""
    _, _, path = request.path.rpartition("/ws")
    names = request.query.get("streams", "") if request.path.endswith("/stream") else path
    return [name for name in names.split("/") if name]


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Return when the first of several waits is over."""
    tasks = [asyncio.create_task(wait, name="testnet:stream:wait") for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
