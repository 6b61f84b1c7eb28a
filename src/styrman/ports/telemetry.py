"""Telemetry: counts, spans, log lines. Never raises, costs nothing where nobody listens."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a bot's log. `number` counts within one boot."""

    number: int
    at: datetime
    level: str  # debug | info | warning | error | critical
    bot_id: str | None
    message: str
    fields: dict[str, JsonValue] = field(default_factory=dict)


class LogTail(Protocol):
    """The last log lines, all bots in one byte-capped store."""

    def tail(self, bot_id: str | None, *, limit: int = 200, level: str = "debug", text: str = "", after: int = 0) -> Sequence[LogLine]:
        """Return the last lines of a bot (None: of all), oldest first, of at least that level, holding `text`, numbered above `after`."""
        ...

    def follow(self, callback: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call back for each new line, on the thread that logged it; return what ends that."""
        ...


class Telemetry(Protocol):
    """Counts, spans and the text of `/metrics`. Never raises; costs nothing where nobody listens."""

    @property
    def logs(self) -> LogTail:
        """The last log lines."""
        ...

    def count(self, metric: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter declared in the adapter, e.g. `restarts` with `error_class`."""
        ...

    def observe(self, metric: str, value: float, **labels: str) -> None:
        """Add to a histogram declared in the adapter, e.g. `cycle_seconds`."""
        ...

    def gauges(self, source: Callable[[], Mapping[str, Mapping[tuple[str, ...], float]]]) -> None:
        """Ask `source` at each scrape for gauges: metric to label values to number."""
        ...

    def span(self, name: str, **attributes: str | float) -> AbstractContextManager[None]:
        """Trace the block as a child of the current span."""
        ...

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus' text format, and its content type."""
        ...
