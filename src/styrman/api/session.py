"""Who the caller is, and a browser's way in and out: the admin token is exchanged for a session, which the page can't read.

In a host application nobody signs in here: its own authentication stands before the router.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from styrman import __version__
from styrman.access.sessions import LIFE_S
from styrman.api.answers import JsonAnswer
from styrman.api.auth import ADMIN, COOKIE, SESSION_PATH, SIGN_IN, Door, SignIn, session_cookie
from styrman.api.bodies import Body
from styrman.api.dependencies import ACTOR
from styrman.api.endpoint import Endpoint, answers, endpoints
from styrman.api.origins import address_of
from styrman.api.pages import base_of
from styrman.errors import SignInElsewhere
from styrman.log import get_logger

log = get_logger()
_OPEN: dict[str, Any] = {"security": []}  # FastAPI's own type


class SessionEndpoint(Endpoint):
    """A route whose answer is its caller's alone: it is not kept for a second request with the same key."""

    max_body: ClassVar[int] = 4096
    is_keyed: ClassVar[bool] = False


router = endpoints("/api/v1", tag="session", route_class=SessionEndpoint)


class SignInBody(Body):
    """The admin token."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Who the caller is and how it got in; `host`: by the host application's own ways. `expires_at`: unless used before."""

    actor: str
    sign_in: Literal["cookie", "bearer", "host"]
    expires_at: datetime | None
    version: str


@router.get("/session", responses=answers(SessionView, "Who the caller is"))
async def get_session(request: Request) -> Response:
    """Return who the caller is. A browser's cookie is prolonged with its session."""
    signed_in: SignIn | None = request.scope.get(SIGN_IN)
    answer = _view(request, signed_in)
    if signed_in is not None and signed_in.session is not None:
        _set_cookie(answer, request, session_cookie(request.scope["headers"]) or "")
    return answer


@router.post("/session", responses=answers(SessionView, "Signed in: the cookie is set"), openapi_extra=_OPEN)
async def sign_in(request: Request, given: SignInBody) -> Response:
    """Exchange the admin token for a session. From a page of this service's own alone."""
    door = _door_of(request)
    before: SignIn | None = request.scope.get(SIGN_IN)
    if before is None or before.by != "bearer":
        door.check_page(request.scope)
    earlier = None if before is None else before.session
    opaque, session = await door.open_session(given.token.get_secret_value(), request.scope, instead_of=earlier)
    request.scope[ACTOR] = ADMIN
    log.info("signed in", actor=ADMIN, address=address_of(request.scope))
    answer = _view(request, door.by_session(session))
    _set_cookie(answer, request, opaque)
    return answer


@router.delete("/session", status_code=204, responses={204: {"description": "Signed out: the session is void"}})
async def sign_out(request: Request) -> Response:
    """End the session. A bearer token has none, and stays what it is."""
    door = _door_of(request)
    signed_in: SignIn | None = request.scope.get(SIGN_IN)
    if signed_in is not None and signed_in.session is not None:
        await door.sessions.end(signed_in.session)
        log.info("signed out", actor=ADMIN, address=address_of(request.scope))
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path=_base(request), secure=_is_secure(request), httponly=True, samesite="strict")
    return answer


def _door_of(request: Request) -> Door:
    """Return the service's door. SignInElsewhere where a host application has one of its own."""
    door: Door | None = getattr(request.app.state, "bot_door", None)
    if door is None:
        raise SignInElsewhere("Sign in and out with the application that styrman runs in.")
    return door


def _view(request: Request, signed_in: SignIn | None) -> JsonAnswer:
    actor = str(request.scope.get(ACTOR, "host"))
    if signed_in is None:
        return JsonAnswer(SessionView(actor=actor, sign_in="host", expires_at=None, version=__version__))
    return JsonAnswer(SessionView(actor=actor, sign_in=signed_in.by, expires_at=signed_in.expires_at, version=__version__))


def _set_cookie(answer: Response, request: Request, opaque: str) -> None:
    base, secure = _base(request), _is_secure(request)
    answer.set_cookie(COOKIE, opaque, max_age=int(LIFE_S), path=base, secure=secure, httponly=True, samesite="strict")


def _base(request: Request) -> str:
    return base_of(request.scope, SESSION_PATH.removeprefix("/"))


def _is_secure(request: Request) -> bool:
    return _door_of(request).is_secure(request.scope)
