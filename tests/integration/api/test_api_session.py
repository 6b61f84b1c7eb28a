"""A browser signs in, works, and signs out: the token is shown once, writes come from our own page, and out is out."""

import asyncio
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from fastapi import FastAPI

from styrman import BotManagerAsync, Settings, __version__
from styrman.access.sessions import SESSIONS_FILE, Sessions
from styrman.api import create_app
from styrman.api.attempts import WrongTokens
from styrman.api.auth import COOKIE

SESSION, BOTS = "/api/v1/session", "/api/v1/bots"
OWN = {"Origin": "http://127.0.0.1:8080"}
WRITES = [("POST", "/api/v1/halt"), ("PUT", f"{BOTS}/b1"), ("PATCH", f"{BOTS}/b1"), ("DELETE", f"{BOTS}/b1"), ("DELETE", SESSION)]


class Service(Protocol):
    url: str


def browser_of(app: FastAPI, *, base_url: str = "http://127.0.0.1:8080", root_path: str = "") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, root_path=root_path), base_url=base_url)


@pytest.fixture
def browser(app: FastAPI) -> httpx.AsyncClient:
    return browser_of(app)


async def sign_in(browser: httpx.AsyncClient, token: str) -> httpx.Response:
    return await browser.post(SESSION, json={"token": token}, headers={"Origin": str(browser.base_url).rstrip("/")})


async def test_the_token_becomes_a_cookie_that_no_script_reads_and_no_other_site_sends(browser: httpx.AsyncClient, token: str) -> None:
    answer = await sign_in(browser, token)
    name, *flags = answer.headers["set-cookie"].split("; ")
    seen = (await browser.get(SESSION)).json()

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert name.startswith(f"{COOKIE}=")
    assert {flag.lower() for flag in flags} == {"httponly", "samesite=strict", "path=/", "max-age=2592000"}
    assert answer.json() == seen
    assert (seen["actor"], seen["sign_in"], seen["version"]) == ("admin", "cookie", __version__)
    assert seen["expires_at"].endswith("Z")


async def test_a_session_reads_and_writes_from_our_own_page(browser: httpx.AsyncClient, token: str, spec: dict[str, object]) -> None:
    await sign_in(browser, token)
    created = await browser.post(BOTS, json=spec, headers=OWN)
    events = await browser.get(f"{BOTS}/b1/events")

    assert created.status_code == 201
    assert {event["actor"] for event in events.json()["items"] if event["kind"] == "command"} == {"admin"}


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:9000"}, {"Origin": "null"}])
async def test_no_foreign_page_writes_with_our_cookie(
    browser: httpx.AsyncClient, token: str, method: str, path: str, headers: dict[str, str]
) -> None:
    await sign_in(browser, token)
    answer = await browser.request(method, path, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert (await browser.get(SESSION)).status_code == 200


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_our_own_page_and_a_bearer_token_are_not_asked_again(browser: httpx.AsyncClient, token: str, method: str, path: str) -> None:
    await sign_in(browser, token)
    own = await browser.request(method, path, headers=OWN)
    bearer = await browser.request(method, path, headers={"Origin": "http://evil.example", "Authorization": f"Bearer {token}"})

    assert own.status_code != 403
    assert bearer.status_code != 403


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {**OWN, "Sec-Fetch-Site": "cross-site"}])
async def test_no_foreign_page_signs_anybody_in(browser: httpx.AsyncClient, token: str, headers: dict[str, str]) -> None:
    answer = await browser.post(SESSION, json={"token": token}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "set-cookie" not in answer.headers


async def test_wrong_tokens_count_against_the_address_and_the_right_one_still_passes(browser: httpx.AsyncClient, token: str) -> None:
    wrong = [await sign_in(browser, "wrong") for _ in range(WrongTokens.LIMIT + 1)]
    bearer = await browser.get(BOTS, headers={"Authorization": "Bearer wrong"})
    right = await sign_in(browser, token)

    assert [answer.status_code for answer in wrong] == [401] * WrongTokens.LIMIT + [429]
    assert int(wrong[-1].headers["retry-after"]) > 0
    assert bearer.status_code == 429
    assert right.status_code == 200


@pytest.mark.parametrize(
    "body", ["{}", '{"token": ""}', '{"token": 7}', '{"token": "x", "y": 1}', "[]", "", '{"token": "' + "x" * 2000 + '"}']
)
async def test_what_is_no_token_is_refused_without_being_repeated(browser: httpx.AsyncClient, body: str) -> None:
    answer = await browser.post(SESSION, content=body, headers={**OWN, "Content-Type": "application/json"})

    assert answer.status_code == 422
    assert "xxx" not in answer.text


async def test_a_cookie_that_is_none_of_ours_is_nobody_and_no_attempt(browser: httpx.AsyncClient) -> None:
    for cookie in (f"{COOKIE}=stale", f"{COOKIE}=", "other=1; x", f'a="b;c"; {COOKIE}="\xff"', ";;=;"):
        answers = [await browser.get(BOTS, headers=[(b"cookie", cookie.encode("latin-1"))]) for _ in range(3)]

        assert {answer.status_code for answer in answers} == {401}


async def test_a_session_among_other_cookies_counts(browser: httpx.AsyncClient, token: str) -> None:
    opaque = (await sign_in(browser, token)).cookies[COOKIE]
    browser.cookies.clear()

    assert (await browser.get(BOTS, headers={"Cookie": f"a=b; {COOKIE}={opaque}; c"})).status_code == 200


async def test_signing_out_voids_the_session_and_takes_the_cookie_away(browser: httpx.AsyncClient, token: str) -> None:
    opaque = (await sign_in(browser, token)).cookies[COOKIE]
    out = await browser.delete(SESSION, headers=OWN)
    again = await browser.get(SESSION, headers={"Cookie": f"{COOKIE}={opaque}"})

    assert out.status_code == 204
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert COOKIE not in browser.cookies
    assert again.status_code == 401


async def test_signing_in_again_leaves_no_old_session_behind(browser: httpx.AsyncClient, token: str) -> None:
    first = (await sign_in(browser, token)).cookies[COOKIE]
    second = (await sign_in(browser, token)).cookies[COOKIE]
    browser.cookies.clear()

    assert (await browser.get(SESSION, headers={"Cookie": f"{COOKIE}={first}"})).status_code == 401
    assert (await browser.get(SESSION, headers={"Cookie": f"{COOKIE}={second}"})).status_code == 200


async def test_a_repeated_keyed_sign_in_is_a_sign_in_of_its_own(app: FastAPI, token: str) -> None:
    """An answer that is kept for its key would be anybody's who knows the key."""
    cookies = set()
    for _ in range(2):
        answer = await browser_of(app).post(SESSION, json={"token": token}, headers={**OWN, "Idempotency-Key": "k"})
        cookies.add(answer.cookies[COOKIE])

    assert len(cookies) == 2


async def test_bearer_callers_are_told_so_and_have_no_session_to_end(http: httpx.AsyncClient) -> None:
    seen, out = await http.get(SESSION), await http.delete(SESSION)

    assert (seen.json()["sign_in"], seen.json()["expires_at"]) == ("bearer", None)
    assert "set-cookie" not in seen.headers
    assert out.status_code == 204
    assert (await http.get(SESSION)).status_code == 200


async def test_neither_log_nor_file_nor_answer_holds_the_token_or_the_session(
    browser: httpx.AsyncClient, settings: Settings, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="styrman")
    answer = await sign_in(browser, token)
    opaque = answer.cookies[COOKIE]
    await browser.delete(SESSION, headers=OWN)
    written = caplog.text + (settings.home / SESSIONS_FILE).read_text() + answer.text

    assert "signed in" in caplog.text
    assert "signed out" in caplog.text
    assert token not in written
    assert opaque not in written


@pytest.mark.parametrize(
    ("base_url", "root_path", "behind_proxy", "flags"),
    [
        ("https://bots.example", "", False, {"Path=/", "Secure"}),
        ("http://127.0.0.1:8080", "/styrman", False, {"Path=/styrman/"}),
        ("http://bots.example", "", True, {"Path=/", "Secure"}),
    ],
)
async def test_the_cookie_is_as_narrow_as_the_way_to_us(
    tmp_path: Path, *, base_url: str, root_path: str, behind_proxy: bool, flags: set[str]
) -> None:
    manager = BotManagerAsync(Settings(home=tmp_path, profile="embedded", behind_proxy=behind_proxy))
    app = create_app(manager, verify="t".__eq__, sessions=Sessions(tmp_path, seal=lambda: "5" * 64, now=manager.clock.timestamp))
    async with app.router.lifespan_context(app), browser_of(app, base_url=base_url, root_path=root_path) as browser:
        answer = await browser.post(f"{root_path}{SESSION}", json={"token": "t"}, headers={"Origin": base_url})

    assert {flag for flag in answer.headers["set-cookie"].split("; ") if flag.startswith(("Path", "Secure"))} == flags


async def test_an_open_stream_ends_with_its_session(service: Service, manager: BotManagerAsync, token: str) -> None:
    origin = {"Origin": service.url}
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=service.url, timeout=30) as browser:
        await sign_in(browser, token)
        async with browser.stream("GET", "/api/v1/events", headers={"Accept": "text/event-stream"}) as stream:
            pieces = stream.aiter_bytes()
            await anext(pieces)
            await browser.delete(SESSION, headers=origin)
            await manager.halt(actor="test", reason="something to tell")
            rest = b"".join([piece async for piece in pieces])

    assert b"something to tell" not in rest


@pytest.mark.parametrize("path", ["/metrics%0A", "/openapi.json%0A", f"{BOTS}%0A", "/%0A"])
async def test_asking_for_a_page_opens_no_other_route(browser: httpx.AsyncClient, path: str) -> None:
    """A route's pattern takes a path with a line's end behind it too."""
    answer = await browser.get(path, headers={"Accept": "text/html"})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_token_that_is_replaced_while_somebody_signs_in_with_it_lets_nobody_in(settings: Settings, token: str) -> None:
    seals = ["6" * 64]

    def verify(given: str) -> bool:
        seals.append("7" * 64)  # a reset, right after this look at the file
        return given == token

    manager = BotManagerAsync(settings)
    sessions = Sessions(settings.home, seal=lambda: seals[-1], now=manager.clock.timestamp)
    app = create_app(manager, verify=verify, sessions=sessions)
    async with app.router.lifespan_context(app), browser_of(app) as browser:
        signed_in = await sign_in(browser, token)
        seen = await browser.get(SESSION)

    assert (signed_in.status_code, seen.status_code) == (200, 401)
