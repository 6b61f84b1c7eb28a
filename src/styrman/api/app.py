"""The application: as a service of its own, or as a router and a lifespan that a host application includes under any prefix.

app = FastAPI(lifespan=lifespan(manager))
app.include_router(router, prefix="/ops", dependencies=[Depends(host_auth)])
app.include_router(dashboard, prefix="/ops")
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from styrman import __version__
from styrman.access.sessions import Sessions
from styrman.api import problems
from styrman.api.access_log import AccessLog
from styrman.api.answers import JsonAnswer
from styrman.api.auth import Authentication, Door, TokenVerifier
from styrman.api.document import document
from styrman.api.idempotency import AnswerLedger
from styrman.api.pages import dashboard
from styrman.api.routes import router
from styrman.manager.manager import BotManagerAsync

DRAIN_S = 2.0


def lifespan(manager: BotManagerAsync) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan of an application that runs this manager: opened before the first request, closed after the last."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        async with manager:
            app.state.bot_manager, app.state.bot_ledger = manager, AnswerLedger(manager.store, manager.clock)
            yield
            await app.state.bot_ledger.drain(DRAIN_S)

    return run


def create_app(manager: BotManagerAsync, *, verify: TokenVerifier, sessions: Sessions) -> FastAPI:
    """Return the service's application. `verify` says whether a token is the right one, in constant time; `sessions` are the browsers'."""
    settings, clock = manager.settings, manager.clock
    door = Door(verify=verify, sessions=sessions, clock=clock, behind_proxy=settings.behind_proxy)
    auth = Middleware(Authentication, door=door, opens_legacy=settings.legacy.auth == "none")
    app = FastAPI(
        title="styrman",
        version=__version__,
        lifespan=lifespan(manager),
        middleware=[Middleware(AccessLog), auth],
        openapi_url=None,  # served below; the pages around it would load scripts from elsewhere
        redirect_slashes=False,
    )
    app.state.bot_door = door
    app.router.routes.extend(router.routes)
    app.add_route("/openapi.json", _openapi)
    app.router.routes.extend(dashboard.routes)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _unforeseen)
    return app


async def _openapi(_: Request) -> Response:
    """Answer the OpenAPI document. Making it takes a third of a second: once, and not on the loop."""
    return JsonAnswer(await asyncio.to_thread(document))


async def _unforeseen(_: Request, __: Exception) -> Response:
    """Answer a failure of ours without its details; the server logs it with its traceback."""
    return problems.problem(500, "internal", "Internal error", "The request failed inside styrman; its log says where.")


async def _unrouted(request: Request, error: Exception) -> Response:
    """Answer what no endpoint took: an unknown path, or a method that a path hasn't got; Allow names all that it has."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        there = [route for route in request.app.routes if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE]
        allowed = sorted({method for route in there for method in route.methods or ()})
        error = HTTPException(error.status_code, headers={"allow": ", ".join(allowed)})
    return problems.of_http(error)
