"""GET one bot, beside a bare FastAPI endpoint that returns the same JSON: real uvicorn on loopback, one keep-alive connection.

Both servers live in one child process; requests alternate in rounds, so that whatever else the machine does hurts both alike.
"""

import asyncio
import contextlib
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import orjson
import uvicorn
from bench.row import Row, program
from fastapi import FastAPI
from pydantic import JsonValue
from starlette.responses import Response

from styrman import BotManagerAsync, Settings
from styrman.access.sessions import Sessions
from styrman.api import create_app

TOKEN = "bench-" + "0" * 40
BOT: dict[str, JsonValue] = {
    "id": "bench",
    "strategy": "ema_cross",
    "venue": "sim",
    "instruments": ["BTC/USDT", "ETH/USDT"],
    "labels": {"team": "a"},
}
ROUNDS, REQUESTS = 20, 150
BAR = 0.7


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over all rounds, in microseconds a request as the client sees it."""

    ours_us: float
    bare_us: float  # returns a dict: what the FastAPI tutorial shows
    direct_us: float  # returns a Response of orjson: as bare as it gets

    @property
    def ratio(self) -> float:
        """Our speed as a fraction of the bare endpoint's."""
        return self.bare_us / self.ours_us

    @property
    def direct_ratio(self) -> float:
        """Our speed as a fraction of the barest endpoint's."""
        return self.direct_us / self.ours_us


def measure(rounds: int = ROUNDS) -> Figures:
    """Run the servers, ask them in turn, return the medians."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs,), daemon=True)
    child.start()
    theirs.close()  # so that a child that dies is heard of
    try:
        our_port, bare_port = ours.recv()
        targets = [(our_port, "/api/v1/bots/bench"), (bare_port, "/bots/bench"), (bare_port, "/direct/bench")]
        clients = [_Client(port, path) for port, path in targets]
        samples: list[list[float]] = [[] for _ in clients]
        for _ in range(rounds):
            for client, taken in zip(clients, samples, strict=True):
                taken.extend(client.time() for _ in range(REQUESTS))
        return Figures(*(statistics.median(taken) * 1e6 for taken in samples))
    finally:
        ours.close()  # the child ends when its end of the pipe does
        child.join(10)


class _Client:
    """A client that costs next to nothing: one socket, one request as bytes, an answer of known length."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        self._ask()

    def time(self) -> float:
        began = time.perf_counter()
        self._ask()
        return time.perf_counter() - began

    def _ask(self) -> None:
        self._socket.sendall(self._request)
        head, _, body = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self._more()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError((head + body).decode())

    def _until(self, end: bytes) -> bytes:
        answer = b""
        while end not in answer:
            answer += self._more()
        return answer

    def _more(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


def _child(pipe: Connection) -> None:
    asyncio.run(_serve_both(pipe))


async def _serve_both(pipe: Connection) -> None:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), profile="embedded")
        async with BotManagerAsync(settings) as manager:
            view = await manager.create_bot(BOT)
            sessions = Sessions(settings.home, seal=str, now=manager.clock.timestamp)
            app = create_app(manager, verify=TOKEN.__eq__, sessions=sessions)
            app.state.bot_manager = manager
            payload = json.loads(orjson.dumps(view, default=str))
            async with _serving(app) as our_port, _serving(_bare(payload)) as bare_port:
                pipe.send((our_port, bare_port))
                with contextlib.suppress(EOFError):
                    await asyncio.to_thread(pipe.recv)


def _bare(payload: dict[str, object]) -> FastAPI:
    app = FastAPI()

    @app.get("/bots/{bot_id}")
    async def bare(bot_id: str) -> dict[str, object]:
        return payload if bot_id == BOT["id"] else {}

    @app.get("/direct/{bot_id}")
    async def direct(bot_id: str) -> Response:
        return Response(orjson.dumps(payload if bot_id == BOT["id"] else {}), media_type="application/json")

    return app


@contextlib.asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[int]:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # with its number: see ApiServer.startup
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]), name="bench-server")
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await task


def table(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    figures = measure(3 if quick else ROUNDS)
    ours, bare = f"{figures.ours_us:.0f} µs ({figures.ratio:.2f} x)", f"bare FastAPI: {figures.bare_us:.0f} µs"
    direct = f"bare FastAPI, orjson: {figures.direct_us:.0f} µs"
    ratio = f"{figures.direct_ratio:.2f} x"
    return [
        Row("GET one bot", bare, ours, "0.7 x", figures.ratio >= BAR),
        Row("GET one bot", direct, f"{figures.ours_us:.0f} µs ({ratio})", "", met=True),
    ]


if __name__ == "__main__":
    program(table)
