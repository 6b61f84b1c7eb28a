"""The door: a right token always passes, nothing else does, and wrong ones are counted."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from styrman.access.sessions import Sessions
from styrman.api.attempts import WrongTokens
from styrman.api.auth import Authentication, Door
from styrman.api.dependencies import ACTOR
from styrman.api.origins import is_local, source_of
from styrman.clock import ManualClock

TOKEN = "right-" + "x" * 40
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()


def verify(token: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest(), HASH)


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(str(scope.get(ACTOR, "nobody")))(scope, receive, send)


def door(clock: ManualClock | None = None, *, opens_legacy: bool = False, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    clock = clock or ManualClock()
    sessions = Sessions(Path("no-such-home"), seal=lambda: HASH, now=clock.timestamp)
    app = Authentication(inner, door=Door(verify=verify, sessions=sessions, clock=clock), opens_legacy=opens_legacy)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(peer, 5)), base_url="http://127.0.0.1:8080")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["/api/v1/bots", "/metrics", "/openapi.json", "/api/bot-status", "/livez/x", "/nowhere"])
async def test_path_without_token_is_refused_whether_it_exists_or_not(path: str) -> None:
    async with door() as http:
        answer = await http.get(path)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_probes_need_no_token(path: str) -> None:
    async with door() as http:
        assert (await http.get(path)).status_code == 200


async def test_right_token_passes_as_admin_in_any_case_of_the_scheme() -> None:
    async with door() as http:
        answers = [await http.get("/x", headers={"Authorization": f"{scheme} {TOKEN}"}) for scheme in ("Bearer", "bearer", "BEARER")]

    assert [answer.text for answer in answers] == ["admin"] * 3


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff\xfe", f"Bearer {HASH}"]
)
async def test_anything_but_the_token_is_refused(header: str) -> None:
    async with door() as http:
        answer = await http.get("/x", headers=[(b"authorization", header.encode("latin-1"))])

    assert answer.status_code == 401
    assert TOKEN not in answer.text


async def test_eleventh_wrong_token_of_a_minute_is_429_and_the_right_one_still_passes() -> None:
    clock = ManualClock()
    async with door(clock) as http:
        wrong = [(await http.get("/x", headers=bearer("wrong"))).status_code for _ in range(10)]
        refused = await http.get("/x", headers=bearer("wrong"))
        right = await http.get("/x", headers=bearer(TOKEN))
        await clock.advance(60)
        later = await http.get("/x", headers=bearer("wrong"))

    assert wrong == [401] * 10
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert right.status_code == 200
    assert later.status_code == 401


async def test_missing_token_is_no_wrong_token() -> None:
    async with door() as http:
        answers = [(await http.get("/x")).status_code for _ in range(20)]

    assert set(answers) == {401}


async def test_refused_attempts_do_not_lengthen_the_wait() -> None:
    clock = ManualClock()
    wrong = WrongTokens(clock)
    for _ in range(10):
        wrong.count("192.0.2.1")
    for _ in range(59):
        await clock.advance(1)
        wrong.count("192.0.2.1")

    assert wrong.count("192.0.2.1") == 1.0
    assert wrong.count("192.0.2.2") == 0.0


def test_flood_of_addresses_keeps_the_table_small() -> None:
    wrong = WrongTokens(ManualClock())
    for n in range(WrongTokens.ADDRESSES + 500):
        wrong.count(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")

    assert len(wrong._seen) == WrongTokens.ADDRESSES


def test_flood_of_addresses_does_not_free_one_that_goes_on() -> None:
    wrong = WrongTokens(ManualClock())
    for n in range(WrongTokens.ADDRESSES * 2):
        wrong.count(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")
        if n % 100 == 0:
            wrong.count("192.0.2.1")

    assert wrong.count("192.0.2.1") > 0


async def test_log_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    wrong = WrongTokens(clock)
    for _ in range(119):
        await clock.advance(1)
        for _ in range(3):
            wrong.count("192.0.2.1")

    assert sum("too many wrong tokens" in record.message for record in caplog.records) == 2


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::9", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_source_is_an_ipv4_address_or_an_ipv6_network(address: str, source: str) -> None:
    assert source_of(address) == source


LEGACY = ["/api/bot-status", "/api/bot/start", "/api/bot/stop"]


@pytest.mark.parametrize("path", LEGACY)
async def test_opened_legacy_paths_take_callers_on_loopback_alone(path: str) -> None:
    async with door(opens_legacy=True) as near, door(opens_legacy=True, peer="192.0.2.1") as far:
        assert (await near.post(path)).status_code == 200
        assert (await far.post(path)).status_code == 401
        assert (await near.get("/api/v1/bots")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "local"),
    [
        ({}, True),
        ({"host": "localhost:8080"}, True),
        ({"host": "[::1]:8080"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}, True),
        ({"x-forwarded-for": "127.0.0.1"}, False),
        ({"forwarded": "for=127.0.0.1"}, False),
        ({"host": "rebound.example:8080"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"host": ""}, False),
        ({"host": "[x"}, False),
    ],
)
def test_web_pages_and_proxies_are_not_local(headers: Mapping[str, str], local: bool) -> None:  # noqa: FBT001 - a case's outcome
    raw = [(name.encode(), value.encode()) for name, value in ({"host": "127.0.0.1:8080"} | dict(headers)).items()]

    assert is_local({"type": "http", "client": ("127.0.0.1", 1), "headers": raw}) is local


@pytest.mark.parametrize(("peer", "local"), [(("::1", 1), True), (("::ffff:127.0.0.1", 1), True), (("10.0.0.1", 1), False), (None, False)])
def test_peer_of_the_socket_decides(peer: tuple[str, int] | None, local: bool) -> None:  # noqa: FBT001 - a case's outcome
    assert is_local({"type": "http", "client": peer, "headers": [(b"host", b"localhost")]}) is local
