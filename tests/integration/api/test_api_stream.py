"""The event stream over a real socket: what happens arrives, a reader that comes back misses nothing, a shutdown isn't held up."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from styrman import BotManagerAsync

Spec = dict[str, object]


class Service(Protocol):
    url: str

    async def stop(self) -> None: ...


@dataclass(frozen=True)
class Heard:
    id: str
    event: str
    data: dict[str, object]


@contextlib.asynccontextmanager
async def listening(url: str, token: str, *, last: str | None = None, **params: str) -> AsyncIterator[AsyncIterator[Heard]]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    async with (
        asyncio.timeout(20),
        httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as http,
        http.stream("GET", "/api/v1/events", params=params) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield parsed(answer)


async def parsed(answer: httpx.Response) -> AsyncIterator[Heard]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line and "data" in fields:
            yield Heard(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}
        elif name:
            fields[name] = value


async def steer(url: str, token: str, *paths: str, spec: Mapping[str, object] | None = None) -> None:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as http:
        if spec is not None:
            (await http.post("/bots", json=spec)).raise_for_status()
        for path in paths:
            (await http.post(path)).raise_for_status()


async def test_lifecycle_arrives_as_it_happens(url: str, token: str, spec: Spec) -> None:
    async with listening(url, token) as heard:
        await steer(url, token, "/bots/b1/start", spec=spec)
        moves = []
        async for message in heard:
            moves += [message.data["observed"]] if message.event == "bot.state" else []
            if "RUNNING" in moves:
                break

    assert moves[-1] == "RUNNING"
    assert "STARTING" in moves


async def test_returning_reader_goes_on_where_it_left(url: str, token: str, spec: Spec, manager: BotManagerAsync) -> None:
    async with listening(url, token) as heard:
        await steer(url, token, "/bots/b1/pause", spec=spec)
        first = await anext(heard)
    await steer(url, token, "/bots/b1/resume", "/bots/b1/pause")
    last = manager.bus.last
    async with listening(url, token, last=first.id) as heard:
        missed = [await anext(heard) for _ in range(last - int(first.id.rpartition("-")[2]))]

    assert [message.id for message in missed] == [f"{manager.boot}-{n}" for n in range(int(first.id.rpartition("-")[2]) + 1, last + 1)]


async def test_reader_from_another_boot_is_told_to_resync(url: str, token: str, manager: BotManagerAsync) -> None:
    async with listening(url, token, last="ffff-12") as heard:
        message = await anext(heard)

    assert (message.event, message.data) == ("resync", {"boot": manager.boot})


async def test_filters_leave_the_rest_out(url: str, token: str, spec: Spec) -> None:
    async with listening(url, token, bots="b2", events="bot.state") as heard:
        await steer(url, token, "/bots/b1/pause", spec=spec)
        await steer(url, token, "/bots/b2/pause", spec=spec | {"id": "b2"})
        messages = [await anext(heard) for _ in range(2)]

    assert {(message.event, message.data["id"]) for message in messages} == {("bot.state", "b2")}


async def test_stream_wants_a_token(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/api/v1/events")).status_code == 401


async def test_deltas_come_once_a_second_while_somebody_listens(url: str, token: str, spec: Spec) -> None:
    async with listening(url, token, events="bots.delta") as heard:
        await steer(url, token, "/bots/b1/start", spec=spec)
        message = await anext(heard)

    assert message.data


async def test_open_stream_ends_at_once_at_shutdown(service: Service, token: str) -> None:
    async with listening(service.url, token) as heard:
        async with asyncio.timeout(2):  # the grace for connections is 5 s
            await service.stop()
        rest = [message async for message in heard]

    assert rest == []


async def test_answer_is_not_held_back_for_an_acknowledgement(url: str, token: str) -> None:
    """A head and a body sent as two small packets cost 40 ms where the socket waits for the first's ACK."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:
        took = []
        for _ in range(15):
            began = time.perf_counter()
            await http.get("/api/v1/bots")
            took.append(time.perf_counter() - began)

    assert min(took[5:]) < 0.03
