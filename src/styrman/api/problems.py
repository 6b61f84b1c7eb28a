"""Every error as an RFC 9457 problem. It says what, which and what to do next, and never repeats what the caller sent in a field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from styrman.errors import FieldError, Invalid, StyrmanError, TooManyAttempts, Unauthenticated, Unavailable
from styrman.manager.encoding import encode

MEDIA_TYPE = "application/problem+json"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_QUOTED = re.compile(r"'([^']*)'")


class Problem(Response):
    """A problem answer."""

    media_type = MEDIA_TYPE


def problem(  # noqa: PLR0913 - the members of RFC 9457
    status: int, code: str, title: str, detail: str, *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer to a request that failed. `code` is the stable name that programs look at."""
    body: dict[str, object] = {"type": f"urn:styrman:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    if errors:
        body["errors"] = errors
    return Problem(encode(body), status, {"cache-control": "no-store", **(headers or {})})


def of_styrman(error: StyrmanError) -> Response:
    """Return the answer to an error of ours."""
    errors = error.errors if isinstance(error, Invalid) else ()
    return problem(error.status, error.code, _words(type(error).__name__), error.detail, errors=errors, headers=_headers(error))


def _headers(error: StyrmanError) -> dict[str, str]:
    """Return what HTTP wants said of an error besides its status."""
    if isinstance(error, TooManyAttempts):
        return {"retry-after": str(error.retry_after_s)}
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": 'Bearer realm="styrman"'}
    return {"retry-after": "1"} if isinstance(error, Unavailable) else {}


def of_http(error: HTTPException) -> Response:
    """Return the answer to an error of the HTTP machinery: 404, 405, 413 and their like."""
    title = HTTPStatus(error.status_code).phrase
    detail = title if error.detail == title else f"{title}: {error.detail}"
    return problem(error.status_code, title.lower().replace(" ", "_"), title, f"{detail}.", headers=error.headers)


def of_request(error: RequestValidationError) -> Response:
    """Return the answer to a request that is not as documented: 422 with each faulty field."""
    faults = field_errors(error.errors())
    names = ", ".join(".".join(map(str, fault.loc)) or "body" for fault in faults[:3])
    return problem(422, "invalid", "Invalid", f"The request can't be taken as it is: see {names}.", errors=faults)


def field_errors(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldError, ...]:
    """Return pydantic's errors of a request as ours: the path without the word `body`, the allowed values by themselves."""
    return tuple(FieldError(_loc(error["loc"]), str(error["msg"]).removeprefix("Value error, "), _allowed(error)) for error in errors)


def _loc(loc: Sequence[str | int]) -> tuple[str | int, ...]:
    return tuple(loc[1:] if loc and loc[0] == "body" else loc)


def _allowed(error: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that pydantic would have taken, of an enum or a literal."""
    return tuple(_QUOTED.findall(str(error.get("ctx", {}).get("expected", ""))))


def _words(name: str) -> str:
    """Return `BotNotFound` as `Bot not found`."""
    return _WORD.sub(" ", name).capitalize()
