"""The access log: one line for each write, and for whatever failed on our side. Paths without queries, no headers, no bodies.

Reads are counted, not logged: a dashboard makes thousands, and they say nothing about who did what.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from styrman.api.dependencies import ACTOR
from styrman.log import get_logger

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_FAILURE = 500
log = get_logger()


class AccessLog:
    """Writes the line once the answer's head is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, noting)


def _note(scope: Scope, status: int, took_s: float) -> None:
    if scope["method"] in _READS and status < _FAILURE:
        return
    fields = {"method": scope["method"], "path": scope["path"], "status": status, "took_ms": round(took_s * 1000, 1)}
    log.info("request answered", actor=scope.get(ACTOR, "nobody"), **fields)
