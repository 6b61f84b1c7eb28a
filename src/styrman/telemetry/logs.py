"""Where log lines go: the last ones of all bots into one byte-capped store, and, where styrman owns the process, all to stderr.

`configure` is for the profile "service" alone; the store needs nothing global and serves both.
"""

import logging
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TextIO

import orjson
import structlog
from structlog.contextvars import get_contextvars

from styrman.config import LogSettings
from styrman.log import BOUND, PROCESSORS, Line, Outlet, describe_error, mask_secrets
from styrman.telemetry.logbook import LEVELS, LogBook

QUEUED_LINES: Final = 10_000
FLUSH_S: Final = 2.0
_CHATTY: Final = ("httpx", "httpcore", "alembic", "uvicorn.access")  # they tell at "info" what only a debugger wants


def configure(settings: LogSettings, book: LogBook) -> Callable[[], None]:
    """Take over the process's logging, the standard library's and structlog's alike; return what writes the rest and lets go."""
    root, writer = logging.getLogger(), LineWriter(_renderer(settings), sys.stderr, book)
    before, level = root.handlers[:], root.level
    root.handlers[:] = [writer]
    root.setLevel(settings.level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(processors=list(PROCESSORS), wrapper_class=BOUND, logger_factory=lambda *_: Outlet())

    def release() -> None:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
        writer.close()

    return release


class LineWriter(logging.Handler):
    """Writes lines on a thread of its own: a terminal that stands still or a full pipe holds nobody up.

    What comes faster than it can be written is lost, and counted.
    """

    def __init__(self, render: Callable[[Line], str], stream: TextIO, book: LogBook) -> None:
        super().__init__()
        self._render, self._stream, self._book = render, stream, book
        self._lines: queue.Queue[Line | None] = queue.Queue(QUEUED_LINES)
        self._lost = 0
        self._thread = threading.Thread(target=self._write_all, name="styrman-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line; a line that is not ours goes to the store of last lines here."""
        line: Line | None = getattr(record, "styrman_line", None)
        if line is None:
            line = line_of(record)
            self._book(line)
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what is queued, for at most two seconds."""
        super().close()
        with suppress(queue.Full):
            self._lines.put(None, timeout=FLUSH_S)
            self._thread.join(FLUSH_S)

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            text = self._render(line)
            if self._lost:
                lost, self._lost = self._lost, 0
                text += f"\n{lost} log lines before this one were lost: they came faster than they could be written."
            with suppress(OSError, ValueError):  # stderr itself is gone: there is nobody left to tell
                self._stream.write(text + "\n")
                self._stream.flush()


def line_of(record: logging.LogRecord) -> Line:
    """Return a record of the standard library as a line, with the context of the bot it was logged in."""
    event: dict[str, object] = {**get_contextvars(), "logger": record.name, "event": record.getMessage()}
    if record.exc_info and record.exc_info[1]:
        event["error"] = record.exc_info[1]
    event = dict(mask_secrets(None, "", describe_error(None, "", event)))
    at = datetime.fromtimestamp(record.created, UTC)
    return event | {"level": LEVELS[min(max(record.levelno // 10, 1), 5) - 1], "timestamp": at.isoformat().replace("+00:00", "Z")}


def _renderer(settings: LogSettings) -> Callable[[Line], str]:
    terminal = sys.stderr.isatty()
    if settings.format == "console" or (settings.format == "auto" and terminal):
        console = structlog.dev.ConsoleRenderer(colors=terminal, sort_keys=False)
        return lambda line: console(None, "", dict(line))
    return lambda line: orjson.dumps(line, default=str).decode()
