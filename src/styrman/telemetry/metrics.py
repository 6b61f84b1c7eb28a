"""Every metric that styrman shows to Prometheus, declared in one table, in a registry of its own. What changes at every cycle is
counted elsewhere and read at the scrape.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from styrman.log import get_logger

Readings: TypeAlias = Mapping[str, Mapping[tuple[str, ...], float]]
Source: TypeAlias = Callable[[], Readings]

_log = get_logger()


class Kind(Enum):
    """Where a metric's numbers come from."""

    COUNTED = "counted"  # `count` adds to it
    OBSERVED = "observed"  # `observe` adds to its buckets
    READ = "read"  # a source says what it is now
    READ_TOTAL = "read total"  # a source says how many there ever were


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric: it is called `styrman_NAME`."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


METRICS: Final[Mapping[str, Declared]] = {
    "bots": Declared(Kind.READ, "Bots by observed state", ("state",)),
    "commands": Declared(Kind.COUNTED, "Commands that changed something, by action", ("action",)),
    "restarts": Declared(Kind.COUNTED, "Restarts of bots, by the class of the error", ("error_class",)),
    "orders": Declared(Kind.COUNTED, "Moves of order intents, by the state they moved to", ("state",)),
    "send_seconds": Declared(Kind.OBSERVED, "Time until a venue answered an order", ("venue",)),
    "cycles": Declared(Kind.READ_TOTAL, "Trading cycles ended since the process began"),
    "cycle_seconds": Declared(Kind.READ, "Duration of the last cycles", ("quantile",)),
    "lateness_seconds": Declared(Kind.READ, "How late the last cycles began", ("quantile",)),
    "loop_lag_seconds": Declared(Kind.READ, "How late the event loop answered the watchdog last"),
    "stalls": Declared(Kind.COUNTED, "Times the event loop stood still, by how bad it became", ("severity",)),
    "journal_depth": Declared(Kind.READ, "Commits that wait for the journal's writer"),
    "commits": Declared(Kind.READ_TOTAL, "Transactions that the journal committed since the process began"),
    "commit_seconds": Declared(Kind.READ, "Time from asking for a commit to its being durable", ("quantile",)),
    "store_errors": Declared(Kind.READ_TOTAL, "Commits that failed since the process began"),
    "store_bytes": Declared(Kind.READ, "Size of the database"),
    "stream_readers": Declared(Kind.READ, "Who reads the event stream now: command lines, programs, browsers"),
}


class Metrics(Collector):
    """The registry and the metrics in it. No method raises: an undeclared name is logged, once, and left out."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry(auto_describe=False)
        self._sources: list[Source] = []
        self._missed: set[str] = set()
        self._counters = {
            name: Counter(name, declared.help, declared.labels, namespace="styrman", registry=registry)
            for name, declared in _declared(Kind.COUNTED)
        }
        self._histograms = {
            name: Histogram(name, declared.help, declared.labels, namespace="styrman", registry=registry)
            for name, declared in _declared(Kind.OBSERVED)
        }
        registry.register(self)
        ProcessCollector(registry=registry)

    def count(self, metric: str, amount: float, labels: Mapping[str, str]) -> None:
        """Add to a counter."""
        try:
            self._counters[metric].labels(**labels).inc(amount)
        except (KeyError, ValueError) as error:
            self._miss(metric, error)

    def observe(self, metric: str, value: float, labels: Mapping[str, str]) -> None:
        """Add to a histogram."""
        try:
            self._histograms[metric].labels(**labels).observe(value)
        except (KeyError, ValueError) as error:
            self._miss(metric, error)

    def read(self, source: Source) -> None:
        """Ask `source` at each scrape."""
        self._sources.append(source)

    def exposition(self) -> tuple[bytes, str]:
        """Return all metrics as text, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Metric]:
        """Yield what the sources say; for the registry."""
        for source in self._sources:
            try:
                yield from [_family(name, readings) for name, readings in source().items()]
            except Exception as error:  # noqa: BLE001 - a scrape shows what can be shown; the source's fault is logged
                self._miss(getattr(source, "__qualname__", repr(source)), error)

    def _miss(self, name: str, error: Exception) -> None:
        if name not in self._missed:
            self._missed.add(name)
            _log.warning("a metric could not be taken; later failures of it are not logged", metric=name, error=error)


def _declared(kind: Kind) -> list[tuple[str, Declared]]:
    return [(name, declared) for name, declared in METRICS.items() if declared.kind is kind]


def _family(name: str, readings: Mapping[tuple[str, ...], float]) -> Metric:
    declared = METRICS[name]
    form = CounterMetricFamily if declared.kind is Kind.READ_TOTAL else GaugeMetricFamily
    family = form(f"styrman_{name}", declared.help, labels=declared.labels)
    for labels, value in readings.items():
        family.add_metric(labels, value)
    return family
