"""What every endpoint does besides its own work: read a bounded body, refuse writes while closing, keep the answer to a keyed
POST, and turn errors into problems. It lies in the route, so it comes along when a host application includes the router.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ClassVar, TypeAlias

import orjson
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from styrman.api import problems
from styrman.api.dependencies import manager_of
from styrman.api.idempotency import KEY_HEADER, ledger_of
from styrman.errors import ShuttingDown, StyrmanError
from styrman.log import get_logger

Responses: TypeAlias = dict[int | str, dict[str, Any]]  # FastAPI's own type
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

MIB = 1024 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
log = get_logger()


class BodyTooLarge(HTTPException):
    """The body exceeds what the path takes. An HTTPException, since FastAPI makes a 400 of any other error while it reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the body may have {limit:,} bytes")


class BoundedRequest(Request):
    """A request whose body may not exceed a limit, and whose JSON is strict: no NaN, no lone surrogates, no endless nesting."""

    def __init__(self, request: Request, limit: int) -> None:
        super().__init__(request.scope, request.receive)
        self._limit = limit

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; 413 as soon as it is known to be too long."""
        self._check(int(self.headers.get("content-length") or 0))
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            self._check(size)
            yield chunk

    async def json(self) -> Any:
        """Return the body's JSON value."""
        return orjson.loads(await self.body())

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise BodyTooLarge(self._limit)


class Endpoint(APIRoute):
    """A route of ours, in our application or a host's."""

    max_body: ClassVar[int] = MIB
    is_keyed: ClassVar[bool] = True  # an Idempotency-Key counts

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what can be written: a pattern takes a line's end behind a path too, and no name of ours has a NUL."""
        return super().matches(scope) if scope["path"].isprintable() else (Match.NONE, {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler: the endpoint with all that surrounds it."""
        handle = answering_problems(super().get_route_handler())
        if _SAFE.issuperset(self.methods or ()):
            return handle
        return answering_problems(writing(handle, self.max_body, is_keyed=self.is_keyed))


class BulkEndpoint(Endpoint):
    """A route that takes many bots at once."""

    max_body = 16 * MIB


def endpoints(prefix: str, *, tag: str, route_class: type[Endpoint] = Endpoint) -> APIRouter:
    """Return a router for endpoints of ours; an operation is called by its function's name."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=route_class, generate_unique_id_function=lambda route: route.name)


def answers(model: object, description: str, *, status: int = 200) -> Responses:
    """Return the documentation of an answer of this shape."""
    return {status: {"model": model, "description": description}}


def writing(handle: Handler, max_body: int, *, is_keyed: bool) -> Handler:
    """Return the handler of a request that changes something."""

    async def answer(request: Request) -> Response:
        if manager_of(request).is_closing:
            raise ShuttingDown("The service is stopping; ask again once it is back.")
        bounded = BoundedRequest(request, max_body)
        if is_keyed and request.method == "POST" and KEY_HEADER in request.headers:
            return await ledger_of(request).once(bounded, handle)
        return await handle(bounded)

    return answer


def answering_problems(handle: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return a handler that answers our failures with a problem. What a host's own dependency raises is the host's to answer."""

    @wraps(handle)
    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except StyrmanError as error:
            if error.status == 500:  # noqa: PLR2004 - an HTTP status
                log.exception("request failed", method=request.method, path=request.url.path)
            return problems.of_styrman(error)
        except RequestValidationError as error:
            return problems.of_request(error)
        except BodyTooLarge as error:
            return problems.of_http(error)

    return answer
