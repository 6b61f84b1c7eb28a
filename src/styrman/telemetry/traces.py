"""Spans of OpenTelemetry, where they are asked for: an endpoint in the settings, or a host application that traces already.

Elsewhere a span is nothing, and the SDK (the extra `otel`) is not even imported.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from styrman import __version__
from styrman.errors import ConfigInvalid

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Attributes: TypeAlias = Mapping[str, str | float]
Opener: TypeAlias = Callable[[str, Attributes], AbstractContextManager[None]]

_NO_SPAN = nullcontext()


def _no_span(_name: str, _attributes: Attributes) -> AbstractContextManager[None]:
    return _NO_SPAN


@dataclass(frozen=True, slots=True)
class Tracing:
    """How a span is opened, and how those not yet sent are sent at the end."""

    span: Opener = _no_span
    close: Callable[[], None] = lambda: None


def open_tracing(endpoint: str | None) -> Tracing:
    """Return tracing to an OTLP endpoint of our own; else to the host's provider, where the host has loaded OpenTelemetry's SDK; else none.

    ConfigInvalid where an endpoint is set and the extra is not installed.
    """
    if endpoint is not None:
        return _exported(endpoint)
    if "opentelemetry.sdk.trace" not in sys.modules:
        return Tracing()
    from opentelemetry import trace  # noqa: PLC0415 - an optional extra, loaded by the host already

    return Tracing(_spans_of(trace.get_tracer("styrman", __version__)))


def _exported(endpoint: str) -> Tracing:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an optional extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - see above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above
    except ImportError as error:
        raise ConfigInvalid("telemetry.otlp_endpoint needs OpenTelemetry; install it with: pip install 'styrman[otel]'") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "styrman", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    return Tracing(_spans_of(provider.get_tracer("styrman", __version__)), provider.shutdown)


def _spans_of(tracer: "Tracer") -> Opener:
    @contextmanager
    def span(name: str, attributes: Attributes) -> Iterator[None]:
        with tracer.start_as_current_span(name, attributes=attributes):
            yield

    return span
