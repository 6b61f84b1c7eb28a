"""Which requests a page of ours sent, by what a browser says of it."""

import pytest

from styrman.api.origins import is_foreign_page, is_own_page

HTTP, HTTPS = "http://127.0.0.1:8080", "https://bots.example"


def asked(scheme: str, **headers: str) -> dict[str, object]:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "scheme": scheme, "headers": raw}


@pytest.mark.parametrize(
    "request_",
    [
        asked("http", host="127.0.0.1:8080", origin=HTTP),
        asked("http", host="127.0.0.1:8080", origin=HTTP, sec_fetch_site="same-origin"),
        asked("http", host="127.0.0.1:8080", sec_fetch_site="same-origin"),
        asked("https", host="bots.example", origin=HTTPS),
        asked("https", host="BOTS.example:443", origin=HTTPS),
        asked("http", host="[::1]:8080", origin="http://[::1]:8080"),
    ],
)
def test_our_own_page_is_known(request_: dict[str, object]) -> None:
    assert is_own_page(request_)


@pytest.mark.parametrize(
    "request_",
    [
        asked("http", host="127.0.0.1:8080"),
        asked("http", host="127.0.0.1:8080", origin="null"),
        asked("http", host="127.0.0.1:8080", origin=""),
        asked("http", host="127.0.0.1:8080", origin="http://evil.example"),
        asked("http", host="127.0.0.1:8080", origin="http://127.0.0.1:9000"),
        asked("http", host="127.0.0.1:8080", origin="http://127.0.0.1"),
        asked("http", host="127.0.0.1:8080", origin="http://127.0.0.1:8080.evil.example"),
        asked("http", host="127.0.0.1:8080", origin="http://evil@127.0.0.1:8080"),
        asked("http", host="127.0.0.1:8080", origin="http://127.0.0.1:8080/x"),
        asked("http", host="127.0.0.1:8080", origin="https://127.0.0.1:8080"),
        asked("http", host="127.0.0.1:8080", origin=HTTP, sec_fetch_site="cross-site"),
        asked("http", host="127.0.0.1:8080", origin=HTTP, sec_fetch_site="same-site"),
        asked("http", host="127.0.0.1:8080", origin=HTTP, sec_fetch_site="none"),
        asked("http", host="127.0.0.1:8080", origin="http://evil.example", sec_fetch_site="same-origin"),
        asked("http", host="127.0.0.1:8080", sec_fetch_site="none"),
        asked("http", origin="http://"),
        asked("http", host="", origin="http://"),
        asked("http", host="x:y", origin="http://x:y"),
        asked("http", host="[x", origin="http://[x"),
        asked("http", host="bots.example", origin=HTTPS),
    ],
)
def test_all_else_is_foreign(request_: dict[str, object]) -> None:
    assert not is_own_page(request_)


def test_behind_a_proxy_that_speaks_tls_https_is_ours_too() -> None:
    assert is_own_page(asked("http", host="bots.example", origin=HTTPS), frozenset({"https"}))
    assert not is_own_page(asked("http", host="bots.example", origin="https://evil.example"), frozenset({"https"}))


@pytest.mark.parametrize(
    ("request_", "is_foreign"),
    [
        (asked("http", host="127.0.0.1:8080"), False),
        (asked("http", host="127.0.0.1:8080", origin=HTTP), False),
        (asked("http", host="127.0.0.1:8080", sec_fetch_site="same-origin"), False),
        (asked("http", host="127.0.0.1:8080", origin="http://evil.example"), True),
        (asked("http", host="127.0.0.1:8080", origin="null"), True),
        (asked("http", host="127.0.0.1:8080", sec_fetch_site="cross-site"), True),
    ],
)
def test_a_program_is_no_foreign_page(request_: dict[str, object], is_foreign: bool) -> None:  # noqa: FBT001 - a case's outcome
    assert is_foreign_page(request_) is is_foreign
