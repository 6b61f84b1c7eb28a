"""Telemetry's adapter of `ports.Telemetry`: logs by structlog, metrics for Prometheus, spans for OpenTelemetry."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack

from styrman.config import Settings
from styrman.log import attach
from styrman.telemetry.logbook import LogBook
from styrman.telemetry.logs import configure
from styrman.telemetry.metrics import Metrics
from styrman.telemetry.traces import open_tracing


class Instrumentation:
    """`ports.Telemetry`. In the profile "service" it takes over the process's logging, too, until `close`."""

    def __init__(self, settings: Settings) -> None:
        """ConfigInvalid where tracing is asked for and not installed."""
        tracing = open_tracing(settings.telemetry.otlp_endpoint)
        self.logs = LogBook(settings.log.kept_bytes, settings.log.level)
        self._metrics = Metrics()
        self._span = tracing.span
        self._held = ExitStack()
        self._held.callback(tracing.close)
        self._held.callback(attach(self.logs))
        if settings.profile == "service":
            self._held.callback(configure(settings.log, self.logs))

    def close(self) -> None:
        """Send and write what waits, then let go of the process's logging. Idempotent."""
        self._held.close()

    def count(self, metric: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter of `metrics.METRICS`."""
        self._metrics.count(metric, amount, labels)

    def observe(self, metric: str, value: float, **labels: str) -> None:
        """Add to a histogram of `metrics.METRICS`."""
        self._metrics.observe(metric, value, labels)

    def gauges(self, source: Callable[[], Mapping[str, Mapping[tuple[str, ...], float]]]) -> None:
        """Ask `source` at each scrape."""
        self._metrics.read(source)

    def span(self, name: str, **attributes: str | float) -> AbstractContextManager[None]:
        """Trace the block as a child of the current span."""
        return self._span(name, attributes)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus' text format, and its content type."""
        return self._metrics.exposition()
