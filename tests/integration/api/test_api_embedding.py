"""A host application of ten lines: our routers under /ops, its own door, its own `async def main(ctx)`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from styrman import BotManagerAsync, Context, Plan, Settings
from styrman.api import BotManagerDependency, dashboard, lifespan, own_pages_only, router


async def host_auth(x_staff: Annotated[str, Header()] = "") -> None:
    if x_staff != "yes":
        raise HTTPException(403, "staff only")


def host(home: Path, decided: asyncio.Queue[str]) -> FastAPI:
    async def main(ctx: Context) -> Plan:
        decided.put_nowait(ctx.bot_id)
        return Plan()

    manager = BotManagerAsync(Settings(home=home, profile="embedded"))
    manager.register("hello", main)
    app = FastAPI(lifespan=lifespan(manager))
    app.include_router(router, prefix="/ops", dependencies=[Depends(host_auth), Depends(own_pages_only)])
    app.include_router(dashboard, prefix="/ops", dependencies=[Depends(host_auth)])

    @app.get("/mine")
    async def mine(manager: BotManagerDependency) -> list[str]:
        return [bot.id for bot in (await manager.list_bots()).items]

    return app


@pytest.fixture
def decided() -> asyncio.Queue[str]:
    return asyncio.Queue()


@pytest.fixture
async def http(tmp_path: Path, decided: asyncio.Queue[str]) -> AsyncIterator[httpx.AsyncClient]:
    app = host(tmp_path / "home", decided)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host", headers={"X-Staff": "yes"}) as client,
    ):
        yield client


async def test_own_main_is_created_started_and_seen_under_the_prefix(http: httpx.AsyncClient, decided: asyncio.Queue[str]) -> None:
    spec = {"id": "mine", "main": "hello", "venue": "sim", "instruments": ["BTC/USDT"], "cycle": {"every_s": 0.05}}
    created = await http.post("/ops/api/v1/bots", json=spec, headers={"Idempotency-Key": "k"})
    started = await http.post("/ops/api/v1/bots/mine/start", params={"wait": 5})
    async with asyncio.timeout(5):
        bot_id = await decided.get()

    assert (created.status_code, created.headers["location"]) == (201, "/ops/api/v1/bots/mine")
    assert started.json()["observed"] == "RUNNING"
    assert bot_id == "mine"
    assert (await http.get("/mine")).json() == ["mine"]


async def test_hosts_own_door_stands_before_every_path(http: httpx.AsyncClient) -> None:
    for path in ("/ops/api/v1/bots", "/ops/livez", "/ops/api/bot-status", "/ops/metrics"):
        assert (await http.get(path, headers={"X-Staff": "no"})).status_code == 403


async def test_nobody_signs_in_here_but_with_the_host(http: httpx.AsyncClient) -> None:
    seen = await http.get("/ops/api/v1/session")
    tried = await http.post("/ops/api/v1/session", json={"token": "x"})
    out = await http.delete("/ops/api/v1/session")

    assert (seen.json()["actor"], seen.json()["sign_in"], seen.json()["expires_at"]) == ("host", "host", None)
    assert [(answer.status_code, answer.json()["code"]) for answer in (tried, out)] == [(409, "sign_in_elsewhere")] * 2


async def test_the_dashboard_lies_under_the_prefix_and_behind_the_hosts_door(http: httpx.AsyncClient) -> None:
    page = await http.get("/ops/bots/b1", headers={"Accept": "text/html"})
    refused = await http.get("/ops/", headers={"Accept": "text/html", "X-Staff": "no"})
    beside = await http.get("/elsewhere", headers={"Accept": "text/html"})

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert refused.status_code == 403
    assert (beside.status_code, beside.json()) == (404, {"detail": "Not Found"})


async def test_a_host_may_refuse_other_sites_pages(http: httpx.AsyncClient) -> None:
    foreign = await http.post("/ops/api/v1/halt", json={}, headers={"Origin": "http://evil.example"})
    own = await http.post("/ops/api/v1/halt", json={}, headers={"Origin": "http://host"})

    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert own.status_code == 202


async def test_errors_are_problems_in_the_host_too(http: httpx.AsyncClient) -> None:
    missing = await http.get("/ops/api/v1/bots/ghost")
    invalid = await http.get("/ops/api/v1/bots", params={"limit": 0})
    too_long = await http.post("/ops/api/v1/bots", content=b" " * 1_100_000)

    assert [answer.status_code for answer in (missing, invalid, too_long)] == [404, 422, 413]
    assert {answer.headers["content-type"] for answer in (missing, invalid, too_long)} == {"application/problem+json"}


async def test_hosts_document_shows_our_paths(http: httpx.AsyncClient) -> None:
    assert "/ops/api/v1/bots/{bot_id}/start" in (await http.get("/openapi.json")).json()["paths"]


async def test_router_without_lifespan_says_what_is_missing() -> None:
    app = FastAPI()
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host") as client:
        with pytest.raises(RuntimeError, match=r"lifespan\(manager\)"):
            await client.get("/api/v1/bots")


async def test_hosts_own_errors_are_the_hosts_to_answer(tmp_path: Path) -> None:
    class NotLoggedIn(Exception):
        pass

    async def deny() -> None:
        raise NotLoggedIn

    async def to_login(_: Request, __: Exception) -> Response:
        return RedirectResponse("/login")

    app = FastAPI(lifespan=lifespan(BotManagerAsync(Settings(home=tmp_path, profile="embedded"))))
    app.include_router(router, dependencies=[Depends(deny)])
    app.add_exception_handler(NotLoggedIn, to_login)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host") as client:
        answers = [await client.get("/api/v1/bots"), await client.post("/api/v1/halt", headers={"Idempotency-Key": "k"})]

    assert [answer.headers["location"] for answer in answers] == ["/login"] * 2
