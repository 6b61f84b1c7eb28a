"""Serves what others recorded of an exchange: its WebSocket frames in their order, and the public REST answers captured with them."""

import ast
import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from aiohttp import WSMsgType, web

_FRAME = re.compile(r"(\d+\.\d+): (.*?)\n?\Z", re.DOTALL)
_PINGS = 2  # answered after a frame, before the next: the client has then read it, and done with it what it wants


@dataclass
class Recording:
    """What one exchange said."""

    frames: list[str]
    answers: dict[str, list[tuple[dict[str, str], str]]]  # by path: query and body

    @classmethod
    def read(cls, folder: Path, frames: str, *answers: str) -> "Recording":
        return cls(list(_frames(folder / f"{frames}.gz")), _answers([folder / f"{name}.gz" for name in answers]))

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield the frames as JSON."""
        for frame in self.frames:
            yield json.loads(frame)

    def answer(self, path: str, query: dict[str, str]) -> str | None:
        known = self.answers.get(path, [])
        return max(known, key=lambda each: sum(query.get(name) == value for name, value in each[0].items()), default=({}, None))[1]


@dataclass
class ReplayServer:
    """Plays a recording to whoever subscribes, once `start` is set. `made` answers what was not recorded."""

    recording: Recording
    made: dict[str, object]
    socket: str  # how the path ends of the socket that was recorded
    start: asyncio.Event = field(default_factory=asyncio.Event)
    played: asyncio.Event = field(default_factory=asyncio.Event)
    subscribed: asyncio.Condition = field(default_factory=asyncio.Condition)
    asked: list[dict[str, object]] = field(default_factory=list)
    sockets: int = 0
    url: str = ""
    _pongs: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def until_subscribed(self, *channels: str) -> None:
        """Return once each of these stands in a request to subscribe."""
        async with self.subscribed:
            await self.subscribed.wait_for(lambda: all(any(each in json.dumps(asked) for asked in self.asked) for each in channels))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request)
        path = "/" + request.match_info["path"]
        if path in self.made:
            return web.json_response(self.made[path])
        answer = self.recording.answer(path, dict(request.query))
        return web.Response(status=404) if answer is None else web.Response(text=answer, content_type="application/json")

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets += 1
        is_recorded = request.path.endswith(self.socket)
        playing = [asyncio.create_task(self._play(socket))] if is_recorded else []
        async for message in socket:
            if message.type is WSMsgType.PONG:
                self._pongs.put_nowait(None)
            elif message.type is WSMsgType.TEXT and message.data.startswith("{"):
                await self._subscribe(socket, json.loads(message.data))
        for task in playing:
            task.cancel()
        return socket

    async def _subscribe(self, socket: web.WebSocketResponse, asked: dict[str, object]) -> None:
        if "id" in asked and "method" in asked:  # Binance's; OKX's answers stand among its frames
            await socket.send_json({"result": None, "id": asked["id"]})
        async with self.subscribed:
            self.asked.append(asked)
            self.subscribed.notify_all()

    async def _play(self, socket: web.WebSocketResponse) -> None:
        await self.start.wait()
        for frame in self.recording.frames:
            await socket.send_str(frame)
            for _ in range(_PINGS):
                await socket.ping()
                await self._pongs.get()
        self.played.set()


@asynccontextmanager
async def replaying(prefix: str, recording: Recording, made: dict[str, object], *, socket: str = "") -> AsyncIterator[ReplayServer]:
    """Serve a recording on loopback, under a path of its own."""
    server = ReplayServer(recording, made, socket)
    app = web.Application()
    app.router.add_route("*", f"/{prefix}/{{path:.*}}", server.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}/{prefix}"
        yield server
    finally:
        await runner.cleanup()


def _frames(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", errors="replace") as lines:
        matches = [match for line in lines if (match := _FRAME.match(line)) is not None]
    for match in sorted(matches, key=lambda match: float(match[1])):
        text = match[2]
        yield ast.literal_eval(text).decode() if text.startswith(("b'", 'b"')) else text


def _answers(paths: list[Path]) -> dict[str, list[tuple[dict[str, str], str]]]:
    answers: dict[str, list[tuple[dict[str, str], str]]] = {}
    for path in paths:
        with gzip.open(path, "rt", errors="replace") as lines:
            for line in lines:
                url, _, answer = line.partition(" -> ")
                if url.startswith("http"):
                    parts = urlsplit(url)
                    answers.setdefault(parts.path, []).append((dict(parse_qsl(parts.query)), answer.partition(": ")[2]))
    return answers
