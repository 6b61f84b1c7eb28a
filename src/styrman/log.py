"""The loggers of the whole house. A finished line goes to every attached sink and to the standard logger `styrman`, as a library's
lines do. Nothing global is configured here, and nothing that looks like a secret passes.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Final, TypeAlias

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, merge_contextvars
from structlog.processors import TimeStamper, add_log_level
from structlog.typing import FilteringBoundLogger

from styrman.errors import StyrmanError

Line: TypeAlias = Mapping[str, object]
Sink: TypeAlias = Callable[[Line], None]

MASK = "***"
TRACEBACK_LIMIT = 4_000  # characters of a traceback that a line keeps: the end of it, where the cause stands
_SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:token|secret|password|passphrase|credentials?|authorization|cookie|api[_-]?key|private[_-]?key)$", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"(?P<name>bearer\s+|(?:token|secret|password|passphrase|api_?key|signature)=|://[^/\s:@]*:)[^\s&;,'\"@]+", re.IGNORECASE
)
_STANDARD = logging.getLogger("styrman")
_sinks: tuple[Sink, ...] = ()


def get_logger(**fields: object) -> FilteringBoundLogger:
    """Return a logger whose lines carry `fields`: `log.info("bot started", bot_id=…)`; an exception goes in as `error=`."""
    bound: FilteringBoundLogger = structlog.wrap_logger(Outlet(), processors=PROCESSORS, wrapper_class=BOUND).bind(**fields)
    return bound


def bind_bot(**fields: str) -> None:
    """Give every line logged from here on in this task, by whomever, these fields: `bot_id` and `run_id`."""
    bind_contextvars(**fields)


def bot_context(**fields: str) -> AbstractContextManager[None]:
    """Give every line logged within the block, by whomever, these fields: `bot_id` and `run_id`."""
    return bound_contextvars(**fields)


def attach(sink: Sink) -> Callable[[], None]:
    """Hand every finished line to `sink` too, on the thread that logs it; return what ends that. A sink must not raise."""
    global _sinks  # noqa: PLW0603 - lines come from every thread: a tuple replaced whole needs no lock to read
    _sinks = (*_sinks, sink)

    def detach() -> None:
        global _sinks  # noqa: PLW0603 - see above
        _sinks = tuple(kept for kept in _sinks if kept is not sink)

    return detach


def describe_error(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Write an exception as text; one that styrman did not raise on purpose brings its traceback."""
    error = (sys.exception() if event.pop("exc_info", None) else None) or event.get("error")
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
        if not isinstance(error, StyrmanError):
            event["exception"] = "".join(traceback.format_exception(error))[-TRACEBACK_LIMIT:]
    return event


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Replace what stands under a secret's name, and what follows one in a text."""
    for key, value in event.items():
        event[key] = _masked(key, value)
    return event


def as_text(event: Line) -> str:
    """Return a line as one plain sentence with its fields, for a host's own log."""
    fields = (f"{key}={value}" for key, value in event.items() if key not in ("event", "level", "timestamp"))
    return " ".join([str(event["event"]), *fields])


class Outlet:
    """What finished lines are handed to."""

    def msg(self, **event: object) -> None:
        """Feed the sinks, then the standard logger as far as the process wants it."""
        for sink in _sinks:
            sink(event)
        level = logging.getLevelNamesMapping()[str(event["level"]).upper()]
        if _STANDARD.isEnabledFor(level):
            record = _STANDARD.makeRecord(_STANDARD.name, level, "", 0, as_text(event), (), None, extra={"styrman_line": event})
            _STANDARD.handle(record)

    debug = info = warning = error = critical = msg


PROCESSORS: Final = (merge_contextvars, describe_error, mask_secrets, add_log_level, TimeStamper(fmt="iso", utc=True))
BOUND: Final = structlog.make_filtering_bound_logger(logging.DEBUG)


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _masked(key: str, value: object) -> object:
    if _is_secret(key):
        return MASK
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: found["name"] + MASK, value)
    if isinstance(value, Mapping):
        return {str(name): _masked(str(name), inner) for name, inner in value.items()}
    return [_masked("", inner) for inner in value] if isinstance(value, list | tuple) else value
