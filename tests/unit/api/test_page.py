"""The page behind the printed link: open to everybody, with nothing in it that is anybody's."""

import re

import httpx
import pytest
from fastapi import FastAPI

from styrman.api.auth import OPEN_PATHS
from styrman.api.page import FILES, ROUTES


@pytest.fixture
def pages() -> httpx.AsyncClient:
    app = FastAPI()
    app.router.routes.extend(ROUTES)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://styrman")


@pytest.mark.parametrize("path", FILES)
async def test_the_page_and_its_files_need_no_token_and_allow_nothing_foreign(pages: httpx.AsyncClient, path: str) -> None:
    answer = await pages.get(path)

    assert path in OPEN_PATHS
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_has_no_inline_script_and_names_no_other_site(pages: httpx.AsyncClient) -> None:
    text = "".join([(await pages.get(path)).text for path in FILES])

    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=|https?://", text)
    assert "localStorage" not in text
