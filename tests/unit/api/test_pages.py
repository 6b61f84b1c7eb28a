"""The dashboard's page and files: which paths they take, what stands in their heads, and what there is where none was built."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from styrman.api import dashboard, pages
from styrman.api.site import Site, read_site

INDEX = '<!doctype html><base href="__BASE__"><meta name="csp-nonce" content="__NONCE__"><script src="./assets/app-1.js"></script>'
APP = "start()" * 500
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TO_TYPE = ["/", "/bots/b1", "/orders?state=open", "/a.b/c", "/x/../y", "/%2e%2e/%2e%2e/etc/passwd"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text(INDEX)
    (web / "favicon.svg").write_text("<svg/>")
    (web / ".fingerprint").write_text("f")
    (web / "assets/app-1.js").write_text(APP)
    (web / "assets/app-1.js.gz").write_bytes(gzip.compress(APP.encode()))
    (web / "assets/inter-1.woff2").write_bytes(b"w")
    (tmp_path / "secret.js").write_text("secret")
    return web


@pytest.fixture
def site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = read_site(folder)
    monkeypatch.setattr(pages, "built_site", lambda: made)
    return made


def client(app: FastAPI, root_path: str = "") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, root_path=root_path), base_url="http://styrman")


@pytest.fixture
def http(site: Site) -> httpx.AsyncClient:
    del site
    app = FastAPI(openapi_url=None)
    app.router.routes.extend(dashboard.routes)
    return client(app)


@pytest.mark.parametrize("path", TO_TYPE)
async def test_every_path_that_a_person_opens_is_the_page(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=HTML)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert '<base href="/">' in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/v1/nowhere", "/openapi.json", "/metrics", "/livez", "/readyz", "/assets/nothing.js"])
async def test_what_is_the_apis_is_never_the_page(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers=HTML)).status_code == 404


async def test_a_program_that_asks_for_no_page_gets_none_but_at_the_root(http: httpx.AsyncClient) -> None:
    assert (await http.get("/bots/b1", headers={"accept": "application/json"})).status_code == 404
    assert (await http.get("/bots/b1")).status_code == 404
    assert (await http.get("/")).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_page_is_only_read(http: httpx.AsyncClient, method: str) -> None:
    assert (await http.request(method, "/bots/b1", headers=HTML)).status_code == 404


async def test_the_policy_is_strict_and_its_nonce_is_new_each_time(http: httpx.AsyncClient) -> None:
    answers = [await http.get("/", headers=HTML) for _ in range(2)]
    policies = [dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")) for answer in answers]
    nonces = [re.findall(r'content="([\w-]{20,})"', answer.text) for answer in answers]

    assert [policy["style-src"] for policy in policies] == [f"'self' 'nonce-{nonce}'" for (nonce,) in nonces]
    assert nonces[0] != nonces[1]
    assert {name: value for name, value in policies[0].items() if name != "style-src"} == {
        "default-src": "'none'",
        "script-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", ["/", "/assets/app-1.js", "/favicon.svg"])
async def test_every_answer_keeps_browsers_from_guessing_and_telling(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path, headers=HTML)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


async def test_files_with_a_hash_in_their_name_are_kept_for_ever_and_others_are_not(http: httpx.AsyncClient) -> None:
    hashed, plain = await http.get("/assets/inter-1.woff2"), await http.get("/favicon.svg")

    assert "immutable" in hashed.headers["cache-control"]
    assert hashed.headers["content-type"] == "font/woff2"
    assert "immutable" not in plain.headers["cache-control"]
    assert plain.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("br, GZIP;q=0.5", "gzip"), ("identity", None), ("gzip;q=0", None), ("gzip; q=0.000, br", None), ("", None)],
)
async def test_a_file_goes_out_compressed_to_who_takes_it(http: httpx.AsyncClient, accepted: str, coding: str | None) -> None:
    answer = await http.get("/assets/app-1.js", headers={"accept-encoding": accepted})

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == APP


@pytest.mark.parametrize(
    "path",
    [
        *("/assets/../secret.js", "/assets/..%2f..%2fsecret.js", "/assets/%2e%2e/%2e%2e/secret.js", "/assets//etc/passwd"),
        *("/assets/app-1.js.gz", "/assets/", "/assets", "/assets/..\\..\\secret.js", "/assets/app-1.js%00", "/assets/app-1.js/"),
    ],
)
async def test_no_path_leads_out_of_the_folder(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/.fingerprint", "/index.html", "/assets/app-1.js.gz"])
async def test_what_the_build_left_for_us_is_no_file_of_the_site(site: Site, path: str) -> None:
    assert path.removeprefix("/") not in site.files


async def test_a_head_says_what_a_get_would(http: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/app-1.js"):
        head, get = await http.head(path, headers=HTML), await http.get(path, headers=HTML)

        assert head.status_code == 200
        assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    ("prefix", "root_path", "asked", "base"),
    [
        ("/ops", "", "/ops/bots/b1", "/ops/"),
        ("/ops", "", "/ops/", "/ops/"),
        ("/a/b", "", "/a/b/a/b/", "/a/b/"),
        ("/ops", "/proxy", "/proxy/ops/bots/b1", "/proxy/ops/"),  # as ASGI says it
        ("/ops", "/proxy", "/ops/bots/b1", "/proxy/ops/"),  # where the proxy took its prefix away
        ("", "/proxy", "/proxy/bots/b1", "/proxy/"),
        ("", "", "//evil.example/x", "/"),
        ("", "", "/bots/%22%3E%3Cscript%3E", "/"),
    ],
)
async def test_the_page_knows_where_it_lies(site: Site, prefix: str, root_path: str, asked: str, base: str) -> None:
    del site
    app = FastAPI(openapi_url=None)
    app.include_router(dashboard, prefix=prefix)
    answer = await client(app, root_path).get(f"http://styrman{asked}", headers=HTML)

    assert f'<base href="{base}">' in answer.text


async def test_a_prefix_of_the_callers_making_breaks_out_of_nothing(site: Site) -> None:
    """A host may include us below a path with a parameter; what stands there is anybody's."""
    del site
    app = FastAPI(openapi_url=None)
    app.include_router(dashboard, prefix="/{tenant}/ops")
    answer = await client(app).get("/%22%3E%3Cscript%3E&%27/ops/bots", headers=HTML)

    assert '<base href="/%22%3E%3Cscript%3E%26%27/ops/">' in answer.text


async def test_a_prefix_without_its_slash_leads_to_the_page(site: Site) -> None:
    del site
    app = FastAPI(openapi_url=None)
    app.include_router(dashboard, prefix="/ops")
    answer = await client(app).get("/ops", headers=HTML)

    assert (answer.status_code, answer.headers["location"]) == (307, "http://styrman/ops/")


async def test_an_application_mounted_below_a_path_serves_it_there(site: Site) -> None:
    del site
    inner, outer = FastAPI(openapi_url=None), FastAPI(openapi_url=None)
    inner.include_router(dashboard, prefix="/ops")
    outer.mount("/team", inner)
    page = await client(outer).get("/team/ops/bots/b1", headers=HTML)
    file = await client(outer).get("/team/ops/assets/app-1.js")

    assert '<base href="/team/ops/">' in page.text
    assert file.text == APP


async def test_without_a_build_a_plain_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "built_site", lambda: read_site(tmp_path / "nothing"))
    app = FastAPI(openapi_url=None)
    app.include_router(dashboard, prefix="/ops")
    answer = await client(app).get("/ops/", headers=HTML)

    assert answer.status_code == 200
    assert "make up" in answer.text
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
