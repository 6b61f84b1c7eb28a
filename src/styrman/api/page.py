"""The page behind the link that `styrman up` prints: a list of the bots, until the dashboard takes its place. Static files, no token."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POLICY = "; ".join(
    (
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"),
        *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
    )
)
FILES = {
    "/": ("index.html", "text/html"),
    "/assets/page.js": ("page.js", "text/javascript"),
    "/assets/page.css": ("page.css", "text/css"),
}
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
_WEB = files("styrman.api") / "web"


def _route(path: str, name: str, media_type: str) -> Route:
    body = (_WEB / name).read_bytes()

    async def serve(_: Request) -> Response:
        return Response(body, media_type=media_type, headers=HEADERS)

    return Route(path, serve, methods=["GET"], include_in_schema=False)


ROUTES = [_route(path, name, media_type) for path, (name, media_type) in FILES.items()]
