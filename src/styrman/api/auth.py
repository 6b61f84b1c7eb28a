"""Who may ask: a bearer token, or a browser's session in a cookie, on every path but the probes and the dashboard's files. Pure ASGI,
since every request passes here.

No browser attaches a bearer token by itself, so neither a foreign page nor a rebound DNS name gets in with one: no CORS, no list of
hosts. It does attach a cookie: a request that changes something is taken from our own pages alone. The legacy paths, where opened to
loopback without a token, look at the headers themselves.
"""

import math
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from styrman.access.sessions import Session, Sessions
from styrman.api import legacy, pages, problems
from styrman.api.attempts import WrongTokens
from styrman.api.dependencies import ACTOR
from styrman.api.origins import address_of, is_local, is_own_page
from styrman.clock import Clock
from styrman.errors import ForeignOrigin, TooManyAttempts, Unauthenticated

TokenVerifier: TypeAlias = Callable[[str], bool]  # whether this is the token, in constant time

SIGN_IN = "styrman.sign_in"  # the key in the ASGI scope under which authentication leaves how
COOKIE = "styrman_session"
ADMIN = "admin"
SESSION_PATH = "/api/v1/session"
OPEN_PATHS = frozenset({"/livez", "/readyz"})
_READS = frozenset({"GET", "HEAD"})
_TLS = frozenset({"https"})
_FOREIGN = (
    "A browser's session is taken from the dashboard's own page alone. Behind a proxy, pass the Host header on, and set behind_proxy "
    "where it speaks TLS."
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a caller got in; `session` where by cookie. `lasts` tells whether it would get in still."""

    by: Literal["cookie", "bearer"]
    lasts: Callable[[], bool]
    session: Session | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When it ends unless used; None: never by itself."""
        return None if self.session is None else datetime.fromtimestamp(self.session.expires, UTC)


class Door:
    """What a service lets callers in by: its token, and the sessions that browsers get for it."""

    def __init__(self, *, verify: TokenVerifier, sessions: Sessions, clock: Clock, behind_proxy: bool = False) -> None:
        """`behind_proxy`: a proxy speaks TLS for us, so our own pages may be https where we see http."""
        self.sessions = sessions
        self._verify = verify
        self._wrong = WrongTokens(clock)
        self._schemes = _TLS if behind_proxy else frozenset()

    def check_token(self, token: str, scope: Scope) -> None:
        """Return where this is the token. Unauthenticated where not; it counts against the address, TooManyAttempts once too often."""
        if self._verify(token):
            return
        wait_s = self._wrong.count(address_of(scope))
        if wait_s:
            raise TooManyAttempts("Too many wrong tokens from this address; wait a minute.", math.ceil(wait_s))
        raise Unauthenticated("This is not the token.")

    async def open_session(self, token: str, scope: Scope, *, instead_of: Session | None) -> tuple[str, Session]:
        """Return a new session's id and the session, where this is the token. Unauthenticated, TooManyAttempts."""
        seal = self.sessions.seal()  # before the look at the token: one that is replaced in between must not get in under the new one
        self.check_token(token, scope)
        return await self.sessions.begin(seal, instead_of=instead_of)

    def check_page(self, scope: Scope) -> None:
        """Return where a page of ours asks. ForeignOrigin."""
        if not is_own_page(scope, self._schemes):
            raise ForeignOrigin(_FOREIGN)

    def by_session(self, session: Session) -> SignIn:
        """Return the sign-in of who shows this session."""
        return SignIn("cookie", partial(self.sessions.lasts, session), session)

    def is_secure(self, scope: Scope) -> bool:
        """Whether the browser speaks TLS, to us or to the proxy before us."""
        return scope["scheme"] in _TLS or bool(self._schemes)

    async def admit(self, scope: Scope) -> SignIn | None:
        """Return how the caller got in; None where it shows nothing that counts. Unauthenticated, TooManyAttempts, ForeignOrigin."""
        token = bearer_token(scope["headers"])
        if token is not None:
            self.check_token(token, scope)
            return SignIn("bearer", partial(self._verify, token))
        opaque = session_cookie(scope["headers"])
        session = None if opaque is None else await self.sessions.find(opaque)
        if session is None:
            return None  # a stale cookie is no attempt: browsers keep them
        if scope["method"] not in _READS:
            self.check_page(scope)
        return self.by_session(session)


class Authentication:
    """Lets the admin's requests through and answers all others with 401, 403, or 429 after too many wrong tokens."""

    def __init__(self, app: ASGIApp, *, door: Door, opens_legacy: bool = False) -> None:
        self._app = app
        self._door = door
        self._opens_legacy = opens_legacy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)  # the lifespan; there are no websockets
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_open = self._is_open(path, scope)
        try:
            signed_in = await self._door.admit(scope)
            if signed_in is None and not is_open:
                raise Unauthenticated("Sign in, or send the token as `Authorization: Bearer TOKEN`.")  # noqa: TRY301 - one way out
        except (Unauthenticated, TooManyAttempts, ForeignOrigin) as error:
            if not is_open:
                await problems.of_styrman(error)(scope, receive, send)
                return
            signed_in = None
        if signed_in is not None:
            scope[ACTOR], scope[SIGN_IN] = ADMIN, signed_in
        await self._app(scope, receive, send)

    def _is_open(self, path: str, scope: Scope) -> bool:
        """Whether a path answers everybody: it holds nothing of anybody's, or lets callers in by itself."""
        if path in OPEN_PATHS or (path == SESSION_PATH and scope["method"] == "POST"):
            return True
        return pages.is_page(scope, path.removeprefix("/")) or (self._opens_legacy and path in legacy.PATHS and is_local(scope))


async def while_signed_in(scope: Scope, frames: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield an endless answer's pieces until its caller is signed out, elsewhere or by a new token; that is noticed with the next one."""
    signed_in: SignIn | None = scope.get(SIGN_IN)
    async with aclosing(frames):
        async for frame in frames:
            if signed_in is not None and not signed_in.lasts():
                return
            yield frame


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the token of the Authorization header; None where there is none."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None


def session_cookie(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the session's id; None where no cookie carries one. Other applications' cookies may be anything."""
    for name, value in headers:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, opaque = pair.strip().partition("=")
                if key == COOKIE:
                    return opaque.strip().strip('"')
    return None
