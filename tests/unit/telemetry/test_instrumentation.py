"""Instrumentation as the manager sees it: what it takes over, what it shows, and that it never fails."""

import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest
import structlog

from styrman.config import Settings
from styrman.errors import ConfigInvalid
from styrman.log import bot_context, get_logger
from styrman.telemetry import Instrumentation
from styrman.telemetry.logbook import LogBook
from styrman.telemetry.logs import QUEUED_LINES, LineWriter


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    return lambda **overrides: Settings(home=tmp_path, **overrides)


@pytest.fixture
def embedded(settings: Callable[..., Settings]) -> Iterator[Instrumentation]:
    with closing(Instrumentation(settings(profile="embedded"))) as made:
        yield made


def test_the_service_writes_its_own_a_librarys_and_a_strategys_lines(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Instrumentation(settings(log={"format": "json"}))) as telemetry:
        get_logger().info("bot started", bot_id="b1")
        with bot_context(bot_id="b2"):
            logging.getLogger("my_strategy").warning("spread %s is wide, token=%s", 0.02, "abcdef")
            structlog.get_logger().info("thought hard")
        logging.getLogger("httpx").info("chatter")
        kept = [(line.bot_id, line.message) for line in telemetry.logs.tail(None)]
    written = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]

    expected = [("b1", "bot started"), ("b2", "spread 0.02 is wide, token=***"), ("b2", "thought hard")]
    assert kept == expected
    assert [(line["bot_id"], line["event"]) for line in written] == expected


def test_the_service_lets_go_of_the_process_when_closed(settings: Callable[..., Settings]) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.is_configured())
    Instrumentation(settings()).close()

    assert (root.handlers[:], root.level, structlog.is_configured()) == before


def test_embedded_touches_nothing_global_and_still_keeps_lines(embedded: Instrumentation, capsys: pytest.CaptureFixture[str]) -> None:
    get_logger().info("bot started", bot_id="b1")

    assert not structlog.is_configured()
    assert not any(isinstance(handler, LineWriter) for handler in logging.getLogger().handlers)
    assert [line.message for line in embedded.logs.tail("b1")] == ["bot started"]
    assert capsys.readouterr().err == ""


def test_a_terminal_that_stands_still_holds_nobody_up() -> None:
    """Ctrl-S, or a pipe that nobody reads: lines wait in a queue, then are lost, and the program goes on."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stuck:
        writer = LineWriter(lambda line: str(line["event"]) * 100, stuck, LogBook(1_000_000))
        for number in range(QUEUED_LINES + 5_000):
            writer.emit(logging.LogRecord("host", logging.INFO, "", 0, f"line {number}", (), None))
        drain = threading.Thread(target=lambda: all(iter(lambda: os.read(reading, 1 << 20), b"")))
        drain.start()
        writer.close()
    drain.join()
    os.close(reading)

    assert writer._lost == 0
    assert not writer._thread.is_alive()


def test_lost_lines_are_told() -> None:
    out = io.StringIO()
    writer = LineWriter(lambda line: str(line["event"]), out, LogBook(1_000_000))
    writer._lost = 3
    writer.emit(logging.LogRecord("host", logging.INFO, "", 0, "line", (), None))
    writer.close()

    assert out.getvalue().splitlines()[:2] == [
        "line",
        "3 log lines before this one were lost: they came faster than they could be written.",
    ]


def test_metrics_show_what_was_counted_observed_and_read(embedded: Instrumentation) -> None:
    embedded.count("restarts", error_class="transient")
    embedded.count("restarts", 2, error_class="transient")
    embedded.observe("send_seconds", 0.2, venue="sim")
    embedded.gauges(lambda: {"bots": {("RUNNING",): 3, ("FAILED",): 0}, "cycles": {(): 41}})
    body, content_type = embedded.exposition()
    shown = body.decode().splitlines()

    assert content_type.startswith("text/plain")
    for expected in (
        'styrman_restarts_total{error_class="transient"} 3.0',
        'styrman_send_seconds_count{venue="sim"} 1.0',
        'styrman_bots{state="RUNNING"} 3.0',
        "# TYPE styrman_cycles_total counter",
        "styrman_cycles_total 41.0",
    ):
        assert expected in shown


def test_a_wrong_metric_or_a_failing_source_is_logged_once_and_never_raises(embedded: Instrumentation) -> None:
    embedded.count("no_such_metric")
    embedded.count("no_such_metric")
    embedded.observe("send_seconds", 1.0, colour="red")
    embedded.gauges(lambda: {"bots": {("RUNNING",): 1 // 0}})
    embedded.gauges(lambda: {"bots": {("RUNNING",): 3}})

    assert 'styrman_bots{state="RUNNING"} 3.0' in embedded.exposition()[0].decode()
    warnings = embedded.logs.tail(None, level="warning")
    assert [line.fields["metric"] for line in warnings][:2] == ["no_such_metric", "send_seconds"]
    assert len(warnings) == 3


def test_two_managers_in_one_process_count_apart(settings: Callable[..., Settings]) -> None:
    with closing(Instrumentation(settings(profile="embedded"))) as one, closing(Instrumentation(settings(profile="embedded"))) as two:
        one.count("restarts", error_class="auth")

        assert b'error_class="auth"' not in two.exposition()[0]


def test_without_an_endpoint_a_span_is_nothing(embedded: Instrumentation) -> None:
    with embedded.span("command", action="start"):
        pass


def test_spans_reach_the_endpoint(settings: Callable[..., Settings]) -> None:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        traced = settings(profile="embedded", telemetry={"otlp_endpoint": endpoint})
        with closing(Instrumentation(traced)) as telemetry, telemetry.span("command", action="start"), telemetry.span("cycle", bot_id="b1"):
            pass
        collector.shutdown()

    sent = b"".join(received)
    assert all(word in sent for word in (b"styrman", b"command", b"cycle", b"b1"))


def test_tracing_asked_for_and_not_installed_says_what_to_install(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(ConfigInvalid, match=r"pip install 'styrman\[otel\]'"):
        Instrumentation(settings(telemetry={"otlp_endpoint": "http://127.0.0.1:4318"}))
