"""The client of the public API: requests, pages, and problems turned into failures. Keeps nothing, retries nothing."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import httpx

from styrman import __version__
from styrman.cli.columns import Row
from styrman.cli.exits import ExitCode, Failure, UsageFailure, exit_code
from styrman.cli.session import is_loopback

API = "/api/v1"
PAGE = 500
_READ_S = 30.0
_CONNECT_S = 5.0
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Problem:
    """An RFC 9457 answer: the sentence, and the faulty fields as (path, message)."""

    status: int
    detail: str
    errors: tuple[tuple[tuple[str | int, ...], str], ...] = ()


class ApiFailure(Failure):
    """The service answered with an error."""

    def __init__(self, problem: Problem) -> None:
        named = "".join(f"\n  {'.'.join(map(str, loc)) or 'request'}: {message}" for loc, message in problem.errors)
        super().__init__(problem.detail + named, exit_code(problem.status))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object, and the ETag that an `If-Match` may name."""

    body: Row
    etag: str | None


class Api:
    """One service, spoken to as one caller. Every path is relative to `/api/v1`."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        headers = {"User-Agent": f"styrman-cli/{__version__}"} | ({"Authorization": f"Bearer {token}"} if token else {})
        # A proxy of the environment can't reach this machine's own loopback.
        trust_env = not is_loopback(self.url)
        verify = not self.url.startswith("http://")  # reading the certificates takes 40 ms that plain HTTP has no use for
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
        with _connected(self.url):
            self._http = httpx.Client(base_url=self.url + API, headers=headers, timeout=timeout, trust_env=trust_env, verify=verify)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: object) -> Row:
        """Return the JSON object at a path."""
        return self.send("GET", path, params=params).body

    def pages(self, path: str, *, limit: int | None = None, **params: object) -> Iterator[Row]:
        """Yield the items of a list, page by page, at most `limit`."""
        left, cursor = limit, None
        while left is None or left > 0:
            page = self.get(path, limit=min(left or PAGE, PAGE), cursor=cursor, **params)
            items = rows(page.get("items"))
            yield from items
            left = None if left is None else left - len(items)
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def post(self, path: str, body: object = None, *, wait_s: float | None = None, reason: str = "") -> Row:
        """Send a command under a key of its own; with `wait_s` the answer comes when it has been observed.

        `reason` is for commands whose body is something else.
        """
        headers = {"Idempotency-Key": str(uuid4())}
        return self.send(
            "POST", path, body=body or {}, params={"wait": wait_s, "reason": reason or None}, headers=headers, patience_s=wait_s or 0
        ).body

    def send(  # noqa: PLR0913 - a request has these parts
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        patience_s: float = 0,
    ) -> Answer:
        """Send one request and return the JSON object it answers; ApiFailure, or Failure where there is no answer."""
        timeout = httpx.Timeout(_READ_S + patience_s, connect=_CONNECT_S)
        with _connected(self.url):
            answer = self._http.request(
                method, path, content=_body(body), params=_query(params or {}), headers={**_JSON, **(headers or {})}, timeout=timeout
            )
        if answer.is_error:
            raise ApiFailure(_problem(answer))
        return Answer(_json(answer), answer.headers.get("ETag"))

    def stream(self, path: str, *, params: Mapping[str, object], headers: Mapping[str, str]) -> Iterator[str]:
        """Yield the lines of an event stream until it ends, an empty one as soon as it is open. A silence of 30 s breaks it."""
        with _connected(self.url), self._http.stream("GET", path, params=_query(params), headers=headers) as answer:
            if answer.is_error:
                answer.read()
                raise ApiFailure(_problem(answer))
            yield ""
            yield from answer.iter_lines()


@contextmanager
def _connected(url: str) -> Iterator[None]:
    """Turn the failures of a connection into ours, each with what to do next."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        advice = "start the service with `styrman up`, or name another with --url."
        raise Failure(f"Nothing answers at {url} ({error}); {advice}", ExitCode.UNREACHABLE) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise UsageFailure(f"{url!r} is no address of a service; write one such as http://127.0.0.1:8080.") from None
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise Failure(f"{url} broke off ({reason}). Commands may be repeated safely.", ExitCode.UNREACHABLE) from None


def bot_path(bot_id: str, *rest: str) -> str:
    """Return the path of a bot or of something of it, whatever the id holds."""
    return "/".join(["/bots", quote(bot_id, safe=""), *rest])


def rows(value: object) -> list[Row]:
    """Return the objects of a JSON list; what isn't one is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _body(value: object) -> str | None:
    """Return a value as JSON in ASCII: half a surrogate pair, which YAML lets through, stays sayable."""
    try:
        return None if value is None else json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise UsageFailure(f"This can't be written as JSON: {error}.") from None


def _query(params: Mapping[str, object]) -> httpx.QueryParams:
    """Return query parameters: what is None left out, a list's items one by one."""
    listed = ((key, value if isinstance(value, list | tuple) else [value]) for key, value in params.items())
    return httpx.QueryParams([(key, str(each)) for key, values in listed for each in values if each is not None])


def _json(answer: httpx.Response) -> Row:
    if answer.status_code == httpx.codes.NO_CONTENT:
        return {}
    try:
        value = answer.json()
    except ValueError:
        value = None
    if isinstance(value, list):
        return {"items": value, "next_cursor": None}
    if isinstance(value, dict):
        return value
    raise Failure(f"{answer.url} answers, but not as styrman does; is another program listening there?", ExitCode.UNREACHABLE)


def _problem(answer: httpx.Response) -> Problem:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    detail = said.get("detail") or said.get("title") or f"{answer.url} answers {answer.status_code} {answer.reason_phrase}."
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        detail = f"{detail} Show the token with --token or STYRMAN_TOKEN; a lost one is replaced with: styrman token reset"
    return Problem(answer.status_code, str(detail), tuple(_fault(each) for each in rows(said.get("errors"))))


def _fault(said: Row) -> tuple[tuple[str | int, ...], str]:
    loc = said.get("loc")
    path = tuple(part for part in loc if isinstance(part, str | int)) if isinstance(loc, list) else ()
    allowed = said.get("allowed")
    choice = f" (allowed: {', '.join(map(str, allowed))})" if isinstance(allowed, list) and allowed else ""
    return path, f"{said.get('message') or 'wrong'}{choice}"
