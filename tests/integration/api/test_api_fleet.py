"""The fleet and the portfolio over HTTP: rows as documented, compressed where that pays, and a stream that goes on without a gap."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from pydantic import JsonValue

from styrman import BotManagerAsync
from styrman.api.answers import takes_gzip
from styrman.api.document import document
from styrman.manager.fleet import FleetRow

Spec = dict[str, object]
JSON = dict[str, JsonValue]


async def made(http: httpx.AsyncClient, spec: Spec, count: int) -> None:
    specs = [spec | {"id": f"b{number:04d}", "capital": "1"} for number in range(count)]
    (await http.post("/api/v1/bots/apply", json=specs)).raise_for_status()


async def test_row_is_documented_column_by_column(http: httpx.AsyncClient, spec: Spec) -> None:
    await made(http, spec, 1)
    answer = (await http.get("/api/v1/fleet")).json()
    columns = document()["components"]["schemas"]["FleetRow"]["prefixItems"]

    assert len(columns) == len(answer["items"][0]) == len(FleetRow._fields) == 32
    assert answer["items"][0][:6] == ["b0000", "idle", "sim", "simulated", ["BTC/USDT"], "USDT"]
    assert set(answer) == {"at", "stream", "items"}


async def test_only_the_bots_asked_for_and_only_those_that_are_there(http: httpx.AsyncClient, spec: Spec) -> None:
    await made(http, spec, 3)
    answer = (await http.get("/api/v1/fleet", params={"ids": "b0002,gone,b0000"})).json()

    assert [row[0] for row in answer["items"]] == ["b0002", "b0000"]


@pytest.mark.parametrize(("bots", "accepted", "coding"), [(200, "gzip, br", "gzip"), (200, "identity", None), (1, "gzip", None)])
async def test_large_answer_is_compressed_for_who_takes_that(
    http: httpx.AsyncClient, spec: Spec, bots: int, accepted: str, coding: str | None
) -> None:
    await made(http, spec, bots)
    answer = await http.get("/api/v1/fleet", headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert len(answer.json()["items"]) == bots


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        *(("gzip", "packed"), ("br, GZIP;q=0.5", "packed"), ("*", "packed"), ("gzip;q=1.0", "packed")),
        *(("gzip;q=0", "plain"), ("gzip; q=0.0", "plain"), ("br", "plain"), ("", "plain")),
    ],
)
def test_accept_encoding_is_read(header: str, answer: str) -> None:
    assert takes_gzip(header) is (answer == "packed")


async def test_stream_goes_on_where_the_rows_were_read(http: httpx.AsyncClient, url: str, token: str, spec: Spec) -> None:
    await made(http, spec, 1)
    place = (await http.get("/api/v1/fleet")).json()["stream"]
    for action in ("pause", "resume"):
        (await http.post(f"/api/v1/bots/b0000/{action}")).raise_for_status()
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    query = {"after": place, "events": "bot.state"}
    async with asyncio.timeout(20), httpx.AsyncClient(base_url=url, headers=headers) as client:
        async with client.stream("GET", "/api/v1/events", params=query) as answer:
            heard = [await anext(told) for told in [commands(answer)] for _ in range(2)]
        named = {"Last-Event-ID": place} | headers
        async with client.stream("GET", "/api/v1/events", params=query | {"after": "elsewhere-7"}, headers=named) as answer:
            again = await anext(commands(answer))

    assert [message["name"] for message in heard] == ["pause", "resume"]
    assert again["name"] == "pause"


async def commands(answer: httpx.Response) -> AsyncIterator[JSON]:
    async for line in answer.aiter_lines():
        if line.startswith("data: ") and "name" in line:
            told = cast("JSON", json.loads(line.removeprefix("data: ")))
            if told["actor"] == "admin":
                yield told


async def test_portfolio_and_its_past_are_answered(http: httpx.AsyncClient, spec: Spec) -> None:
    await made(http, spec, 3)
    portfolio = (await http.get("/api/v1/portfolio")).json()
    past = (await http.get("/api/v1/portfolio/equity", params={"points": 5})).json()

    assert [(group["mode"], group["venue"], group["currency"], group["bots"]) for group in portfolio["groups"]] == [
        ("simulated", "sim", "USDT", 3)
    ]
    assert (portfolio["groups"][0]["equity"], portfolio["instruments"]) == ("3", [])
    assert [(step["equity"], step["pnl"]) for step in past["items"]] == [("3", "0")]


async def test_a_past_that_was_never_is_refused_in_words(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/portfolio/equity", params={"since": "yesterday", "points": "1"})

    assert answer.status_code == 422
    assert [fault["loc"] for fault in answer.json()["errors"]] == [["query", "since"], ["query", "points"]]


async def test_thousands_of_rows_leave_the_loop_free(http: httpx.AsyncClient, spec: Spec, manager: BotManagerAsync) -> None:
    """Others take turns while rows are made: at least once a slice."""
    await made(http, spec, 3000)
    turns, is_done = 0, False

    async def others() -> None:
        nonlocal turns
        while not is_done:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(others())
    slices = [part async for part in manager.fleet().slices]
    is_done = True
    await task

    assert len(slices) == 6
    assert turns >= 6
