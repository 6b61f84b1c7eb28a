"""Idempotency-Key against the real manager: one effect, one answer, also across a crash between the two."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from styrman import BotManagerAsync, Settings
from styrman.access.sessions import Sessions
from styrman.api import create_app
from styrman.domain.records import Row, StoredAnswer

Spec = dict[str, object]
KEY = {"Idempotency-Key": "create-1"}


async def test_keyed_create_sent_twice_makes_one_bot_and_one_answer(http: httpx.AsyncClient, spec: Spec) -> None:
    first = await http.post("/api/v1/bots", json=spec, headers=KEY)
    again = await http.post("/api/v1/bots", json=spec, headers=KEY)
    unkeyed = await http.post("/api/v1/bots", json=spec)

    assert (first.status_code, again.status_code, unkeyed.status_code) == (201, 201, 409)
    assert again.content == first.content
    assert (again.headers["etag"], again.headers["location"]) == (first.headers["etag"], first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"


async def test_same_key_for_another_spec_is_422(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec, headers=KEY)
    answer = await http.post("/api/v1/bots", json=spec | {"id": "b2"}, headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


async def test_same_key_at_the_same_time_is_409_or_the_answer(http: httpx.AsyncClient, spec: Spec) -> None:
    answers = await asyncio.gather(*(http.post("/api/v1/bots", json=spec, headers=KEY) for _ in range(5)))
    codes = sorted(answer.status_code for answer in answers)

    assert codes[0] == 201
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"request_in_flight"}


async def test_restart_sent_again_restarts_once(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    await http.post("/api/v1/bots/b1/start", params={"wait": 5})
    for _ in range(3):
        await http.post("/api/v1/bots/b1/restart", params={"wait": 5}, headers={"Idempotency-Key": "r"})

    assert (await http.get("/api/v1/bots/b1")).json()["generation"] == 3


async def test_answer_is_there_after_a_restart_of_the_service(tmp_path: Path, spec: Spec, token: str) -> None:
    answers = []
    for _ in range(2):
        manager = BotManagerAsync(Settings(home=tmp_path / "home", profile="embedded"))
        sessions = Sessions(manager.settings.home, seal=str, now=manager.clock.timestamp)
        app = create_app(manager, verify=token.__eq__, sessions=sessions)
        async with app.router.lifespan_context(app), client(app, token) as http:
            answers.append(await http.post("/api/v1/bots", json=spec, headers=KEY))

    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_create_whose_answer_a_crash_swallowed_is_answered_when_sent_again(http: httpx.AsyncClient, app: FastAPI, spec: Spec) -> None:
    """The bot was committed, the answer was not: the caller must not be told that the id is taken."""
    ledger = app.state.bot_ledger
    ledger._store = Forgetful(ledger._store)
    with pytest.raises(asyncio.CancelledError):
        await http.post("/api/v1/bots", json=spec, headers=KEY)
    ledger._store = ledger._store.store
    stranger = await http.post("/api/v1/bots", json=spec, headers={"Idempotency-Key": "another"})
    again = await http.post("/api/v1/bots", json=spec, headers=KEY)

    assert stranger.status_code == 409
    assert (again.status_code, again.json()["id"]) == (201, "b1")


class Forgetful:
    """A store in front of which the process dies when it is to keep an answer."""

    def __init__(self, store: object) -> None:
        self.store = store

    async def answer(self, key: str) -> StoredAnswer | None:
        return await self.store.answer(key)  # type: ignore[attr-defined, no-any-return] # the real store

    async def commit(self, *rows: Row) -> None:
        if any(isinstance(row, StoredAnswer) and row.status for row in rows):
            raise asyncio.CancelledError
        await self.store.commit(*rows)  # type: ignore[attr-defined] # the real store


def client(app: FastAPI, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", headers={"Authorization": f"Bearer {token}"})
