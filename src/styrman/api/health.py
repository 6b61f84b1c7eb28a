"""What a supervisor asks: is the process alive, does it do its work, what are its figures."""

from typing import Any

from starlette.responses import Response

from styrman.api.answers import JsonAnswer
from styrman.api.dependencies import BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.schemas import Readiness

router = endpoints("", tag="health")

_STOPPING = "The service is stopping."
_STUCK = "The loop, the journal or the reconciler makes no progress; /api/v1/system tells more."
_OPEN: dict[str, Any] = {"security": []}  # FastAPI's own type
_READY = answers(Readiness, "Loop, journal and reconciler make progress") | answers(Readiness, "Not now", status=503)


@router.get("/livez", responses={200: {"content": {"text/plain": {}}}}, openapi_extra=_OPEN)
async def livez() -> Response:
    """Answer at all: the loop runs."""
    return Response("alive\n", media_type="text/plain")


@router.get("/readyz", responses=_READY, openapi_extra=_OPEN)
async def readyz(manager: BotManagerDependency) -> Response:
    """Answer whether the service does its work, and if not, why."""
    reasons = [] if manager.is_ready else [_STOPPING if manager.is_closing else _STUCK]
    return JsonAnswer(Readiness(ready=not reasons, reasons=tuple(reasons)), 503 if reasons else 200)


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format"}})
async def metrics(manager: BotManagerDependency) -> Response:
    """Return the metrics."""
    body, content_type = manager.telemetry.exposition()
    return Response(body, media_type=content_type)
