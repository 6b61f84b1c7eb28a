"""The access log: who wrote what, and nothing that could be a secret."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from styrman.api.access_log import AccessLog
from styrman.api.dependencies import ACTOR


def app(status: int) -> httpx.AsyncClient:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        scope[ACTOR] = "admin"
        await PlainTextResponse("x", status)(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(AccessLog(inner)), base_url="http://x")


async def test_write_is_logged_with_who_and_how_but_without_query_headers_and_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="styrman")
    async with app(202) as http:
        await http.post("/api/v1/halt?token=hunter2", json={"reason": "hunter2"}, headers={"Authorization": "Bearer hunter2"})
    (line,) = [record.getMessage() for record in caplog.records if "request answered" in record.getMessage()]

    assert "method=POST" in line
    assert "path=/api/v1/halt" in line
    assert "status=202" in line
    assert "actor=admin" in line
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(("status", "lines"), [(200, 0), (404, 0), (500, 1), (503, 1)])
async def test_read_is_logged_only_where_we_failed(caplog: pytest.LogCaptureFixture, status: int, lines: int) -> None:
    caplog.set_level("INFO", logger="styrman")
    async with app(status) as http:
        await http.get("/x")

    assert sum("request answered" in record.getMessage() for record in caplog.records) == lines
