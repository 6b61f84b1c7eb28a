"""Answers: values as JSON, written once and without validation. What they look like is documented in `schemas`."""

from collections.abc import Sequence

from starlette.responses import Response

from styrman.domain.bots import CommandResult
from styrman.manager.encoding import encode
from styrman.manager.views import BotView

# Every answer is of its moment. A bot's ETag is its generation, which stays the same while its figures change.
_HEADERS = {"cache-control": "no-store"}


class JsonAnswer(Response):
    """A value as JSON."""

    media_type = "application/json"

    def __init__(self, content: object, status_code: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(encode(content), status_code, _HEADERS | headers if headers else _HEADERS)


def etag(generation: int) -> str:
    """Return the strong tag of a bot's generation."""
    return f'"{generation}"'


def bot_answer(view: BotView, status_code: int = 200) -> Response:
    """Answer with one bot."""
    return JsonAnswer(view, status_code, {"etag": etag(view.generation)})


def command_answer(result: CommandResult) -> Response:
    """Answer a command: 202 where it changed something, 200 where there was nothing to do."""
    return JsonAnswer(result, 202 if result.changed else 200, {"etag": etag(result.generation)})


def page_answer(items: Sequence[object], next_cursor: int | str | None) -> Response:
    """Answer with a page; the cursor is opaque to the caller."""
    return JsonAnswer({"items": items, "next_cursor": None if next_cursor is None else str(next_cursor)})


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header lets an answer be gzipped."""
    for part in accept_encoding.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "").removeprefix("q=").strip("0.") != "" or not quality
    return False
