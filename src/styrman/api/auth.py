"""Who may ask: a bearer token on every path but the probes. Pure ASGI, since every request passes here.

No browser attaches a bearer token by itself, so neither a foreign page nor a rebound DNS name gets in: no CORS, no list of hosts.
The legacy paths, where opened to loopback without a token, have no such protection and therefore look at the headers themselves.
"""

import math
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from styrman.api import legacy, page, problems
from styrman.api.dependencies import ACTOR
from styrman.clock import Clock
from styrman.errors import TooManyAttempts, Unauthenticated
from styrman.log import get_logger

TokenVerifier: TypeAlias = Callable[[str], bool]  # whether this is the token, in constant time

OPEN_PATHS = frozenset({"/livez", "/readyz", *page.FILES})
_OWN_NAME = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_OWN_SITE = ("none", "same-origin")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
log = get_logger()


class BearerAuth:
    """Lets the admin's requests through and answers all others with 401, or 429 after too many wrong tokens."""

    def __init__(self, app: ASGIApp, *, verify: TokenVerifier, clock: Clock, opens_legacy: bool = False) -> None:
        self._app = app
        self._verify = verify
        self._wrong = WrongTokens(clock)
        self._opens_legacy = opens_legacy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)  # the lifespan; there are no websockets
            return
        token = bearer_token(scope["headers"])
        if token is not None and self._verify(token):
            scope[ACTOR] = "admin"
        elif not self._is_open(scope):
            await self._refuse(token, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return path in OPEN_PATHS or (self._opens_legacy and path in legacy.PATHS and is_local(scope))

    def _refuse(self, token: str | None, scope: Scope) -> ASGIApp:
        """Return the refusal; a wrong token counts against its address."""
        wait_s = 0.0 if token is None else self._wrong.count(scope["client"][0] if scope.get("client") else "")
        if wait_s:
            return problems.of_styrman(
                TooManyAttempts("Too many wrong tokens from this address; wait a minute."), {"retry-after": str(math.ceil(wait_s))}
            )
        detail = "Send the token as `Authorization: Bearer TOKEN`." if token is None else "This is not the token."
        return problems.of_styrman(Unauthenticated(detail), {"www-authenticate": 'Bearer realm="styrman"'})


@dataclass(slots=True)
class _Attempts:
    """The wrong tokens of one source: when the last ones were answered, and when the log was told of it."""

    answered: deque[float]
    told_at: float = -math.inf


class WrongTokens:
    """Counts wrong tokens by address: ten a minute are answered, further ones wait. Remembers the last few thousand addresses."""

    LIMIT, WINDOW_S, ADDRESSES = 10, 60.0, 4096

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Attempts] = OrderedDict()

    def count(self, address: str) -> float:
        """Count one; return for how many seconds further ones are refused, 0 where this one is still answered."""
        now, source = self._clock.monotonic(), source_of(address)
        attempts = self._seen.setdefault(source, _Attempts(deque(maxlen=self.LIMIT)))
        self._seen.move_to_end(source)
        if len(self._seen) > self.ADDRESSES:
            self._seen.popitem(last=False)
        if len(attempts.answered) < self.LIMIT or now - attempts.answered[0] >= self.WINDOW_S:
            attempts.answered.append(now)
            return 0.0
        if now - attempts.told_at >= self.WINDOW_S:
            attempts.told_at = now
            log.warning("too many wrong tokens; further ones are refused for a minute", address=source)
        return attempts.answered[0] + self.WINDOW_S - now


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the token of the Authorization header; None where there is none."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None


def source_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of 64 bits, which one host has to itself."""
    host = _host(address)
    return str(ip_network((host, 64), strict=False)) if isinstance(host, IPv6Address) else str(host or address)


def is_local(scope: Scope) -> bool:
    """Whether the caller sits on this machine and is no web page: the socket's peer is loopback, no proxy passed the request
    on, and no browser sent it for a page that isn't ours (a rebound name shows in Host, a foreign page in Origin).
    """
    peer = _host(scope["client"][0]) if scope.get("client") else None
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    own_page = headers.get("origin", f"http://{host}") == f"http://{host}" and headers.get("sec-fetch-site", "none") in _OWN_SITE
    return _is_loopback(peer) and _OWN_NAME.fullmatch(host) is not None and own_page and not any(name in headers for name in _FORWARDED)


def _is_loopback(host: IPv4Address | IPv6Address | None) -> bool:
    return host is not None and host.is_loopback


def _host(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address; one of IPv4 in IPv6's clothes as what it is; None where it is none."""
    try:
        host = ip_address(address)
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host
