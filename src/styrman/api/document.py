"""The OpenAPI document, made from the routes. Our own errors stand in it once, for all operations."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from styrman import __version__
from styrman.api.auth import COOKIE
from styrman.api.problems import MEDIA_TYPE
from styrman.api.routes import router
from styrman.api.schemas import ProblemView

_FASTAPI_PROBLEMS = frozenset({"HTTPValidationError", "ValidationError"})  # ours are problems
_SCHEMA = "#/components/schemas/{model}"
_DESCRIPTION = """Runs, supervises and steers trading bots. A command changes what is desired, durably; the bot follows.

Money, prices and quantities are decimal strings, times ISO 8601 in UTC. Errors are RFC 9457 problems; `code` is their stable name.
A bot's ETag is its generation; `If-Match` refuses a command meant for another. A POST may carry an `Idempotency-Key`."""
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the answer of the first; kept for a day",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}


@cache
def document() -> dict[str, Any]:  # Any: an OpenAPI document has no better type
    """Return the document."""
    made = get_openapi(title="styrman", version=__version__, openapi_version="3.1.0", description=_DESCRIPTION, routes=router.routes)
    components = made["components"]
    components["schemas"] = _without(components["schemas"], _FASTAPI_PROBLEMS) | _problem_schemas()
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    components["parameters"] = {"IdempotencyKey": _KEY}
    components["responses"] = {
        "Problem": {"description": "What went wrong", "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA.format(model="ProblemView")}}}}
    }
    made["security"] = [{"token": []}, {"session": []}]
    for method, operation in _operations(made):
        operation["responses"] = _without(operation["responses"], {"422"})
        operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
        if method == "post" and "session" not in operation["tags"]:
            operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    return made


def _without(named: dict[str, Any], names: AbstractSet[str]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if name not in names}


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in made["paths"].values():
        yield from path.items()


def _problem_schemas() -> dict[str, Any]:
    """Return the schema of a problem and of what it holds, by name."""
    schema = TypeAdapter(ProblemView).json_schema(ref_template=_SCHEMA, mode="serialization")
    return {**schema.pop("$defs"), "ProblemView": schema}
