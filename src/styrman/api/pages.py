"""The dashboard behind the link that `styrman up` prints, as a router of its own: static files that hold nothing of anybody's, and
one page for all paths that people, not programs, ask for. The page gets all it shows from the public API.

A host application includes it under the same prefix as the API's router, after it.
"""

import secrets
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from styrman.api.answers import takes_gzip
from styrman.api.site import SiteFile, built_site

_READS = frozenset({"GET", "HEAD"})
_ASSETS = "assets"  # their names carry a hash of what is in them
_RESERVED = frozenset({"api", "openapi.json", "metrics", "livez", "readyz", _ASSETS})
_NONE = ("default-src 'none'", "form-action 'none'", "frame-ancestors 'none'")
_OWN = ("script-src 'self'", "font-src 'self'", "img-src 'self' data:", "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'")
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_FOR_EVER, _FOR_AN_HOUR = "public, max-age=31536000, immutable", "public, max-age=3600"
_UNBUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>styrman</title></head>
<body>
<h1>styrman runs, without its dashboard</h1>
<p>This installation was made without building it. To get it, run <code>make up</code> in the clone without
<code>STYRMAN_SKIP_UI</code>, or install a wheel that <code>make wheel</code> built; then restart the service.</p>
<p>The command line (<code>styrman --help</code>) and the API do everything that the dashboard does.</p>
</body>
</html>
"""


class DashboardRoute(APIRoute):
    """A route that takes what `is_page` says and leaves all else to the routes after it, and to the application's own 404."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the paths of pages and files alone."""
        match, child_scope = super().matches(scope)
        if match is Match.FULL and is_page(scope, child_scope["path_params"]["path"]):
            return match, child_scope
        return Match.NONE, {}


dashboard = APIRouter(route_class=DashboardRoute)


@dashboard.get("/{path:path}", include_in_schema=False)
@dashboard.head("/{path:path}", include_in_schema=False)
async def show(request: Request, path: str) -> Response:
    """Answer a file of the dashboard, or the page."""
    file = built_site().files.get(path)
    if file is not None:
        return _file(request, file, _FOR_EVER if _first(path) == _ASSETS else _FOR_AN_HOUR)
    if _first(path) == _ASSETS:
        raise HTTPException(404)
    return _page(base_of(request.scope, path))


def is_page(scope: Scope, path: str) -> bool:
    """Whether the dashboard answers this path below its base: a file of it, or a page that somebody opens in a browser.

    What it answers is open to everybody, so it must take nothing that another route takes. A route's pattern takes a path with a
    line's end too: no page has one.
    """
    if scope["method"] not in _READS or not path.isprintable():
        return False
    if _first(path) == _ASSETS or path in built_site().files:
        return True
    return _first(path) not in _RESERVED and (not path or "text/html" in Headers(scope=scope).get("accept", ""))


def base_of(scope: Scope, path: str) -> str:
    """Return where the dashboard lies as the browser sees it, ending in a slash; `path` is the request's own below that."""
    root: str = scope.get("root_path", "").rstrip("/")
    asked: str = scope["path"]
    full = asked if asked.startswith(f"{root}/") else f"{root}{asked}"
    return quote(full.removesuffix(path), safe="/")


def _page(base: str) -> Response:
    """Answer the page. Its nonce is new each time: whoever could foresee it could bring styles of his own."""
    respond = partial(Response, media_type="text/html")
    index = built_site().index
    if index is None:
        return respond(_UNBUILT, headers=_headers("no-store", *_NONE, "base-uri 'none'"))
    nonce = secrets.token_urlsafe(16)
    policy = (*_NONE, *_OWN, f"style-src 'self' 'nonce-{nonce}'", "base-uri 'self'")
    return respond(index.replace("__NONCE__", nonce).replace("__BASE__", base), headers=_headers("no-store", *policy))


def _file(request: Request, file: SiteFile, caching: str) -> Response:
    headers = _headers(caching, *_NONE, *_OWN, "style-src 'self'", "base-uri 'none'")  # a worker's policy is that of its file
    if file.packed is None:
        return Response(file.body, media_type=file.media_type, headers=headers)
    headers["vary"] = "accept-encoding"
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(file.body, media_type=file.media_type, headers=headers)
    return Response(file.packed, media_type=file.media_type, headers=headers | {"content-encoding": "gzip"})


def _headers(caching: str, *policy: str) -> dict[str, str]:
    return {**_HEADERS, "cache-control": caching, "content-security-policy": "; ".join(policy)}


def _first(path: str) -> str:
    return path.partition("/")[0]
