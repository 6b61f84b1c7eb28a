"""Loggers as the core uses them: sinks hear everything, the process's own logging is left alone, secrets don't pass."""

import logging
from collections.abc import Iterator

import pytest

from styrman.errors import OrderRejected
from styrman.log import MASK, Line, attach, bot_context, get_logger

SECRET = "hunter2-hunter2"


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    heard: list[Line] = []
    detach = attach(heard.append)
    yield heard
    detach()


def test_a_line_is_a_sentence_with_fields_and_a_time(lines: list[Line]) -> None:
    get_logger(venue="sim").bind(bot_id="b1").info("bot started", run_id="r1")

    assert lines[0].items() >= {"event": "bot started", "level": "info", "venue": "sim", "bot_id": "b1", "run_id": "r1"}.items()
    assert str(lines[0]["timestamp"]).endswith("Z")


def test_lines_within_a_bots_context_carry_its_id(lines: list[Line]) -> None:
    log = get_logger()
    with bot_context(bot_id="b1", run_id="r1"):
        log.info("inside")
    log.info("outside")

    assert lines[0].items() >= {"bot_id": "b1", "run_id": "r1"}.items()
    assert "bot_id" not in lines[1]


def test_an_unexpected_error_brings_its_traceback_and_a_deliberate_one_its_sentence(lines: list[Line]) -> None:
    log = get_logger()
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        log.error("cycle failed", error=error)
        log.exception("cycle failed")
    log.warning("order refused", error=OrderRejected("min_notional", "Order worth 3 is below 5."))

    for told in lines[:2]:
        assert str(told["error"]).startswith("ZeroDivisionError: ")
        assert "_ = 1 // 0" in str(told["exception"])
    assert lines[2]["error"] == "OrderRejected: Order worth 3 is below 5."
    assert "exception" not in lines[2]


@pytest.mark.parametrize(
    "fields",
    [
        {"token": SECRET},
        {"api_key": SECRET},
        {"apiKey": SECRET},
        {"X-API-Key": SECRET},
        {"admin_token": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"headers": {"authorization": f"Bearer {SECRET}", "cookie": SECRET}},
        {"requests": [{"secret": SECRET}]},
        {"text": f"GET /api/v1/bots?token={SECRET}&limit=3"},
        {"url": f"postgresql+psycopg://styrman:{SECRET}@db/styrman"},
        {"error": ValueError(f"refused: Bearer {SECRET}")},
        {"error": ValueError(f"apiKey={SECRET}, signature={SECRET}")},
    ],
    ids=str,
)
def test_no_secret_reaches_a_sink(lines: list[Line], fields: dict[str, object]) -> None:
    get_logger().error("told", **fields)

    assert SECRET not in repr(lines)
    assert MASK in repr(lines)


def test_what_only_sounds_like_a_secret_stays(lines: list[Line]) -> None:
    get_logger().info("bucket refilled", tokens=5, token_count=3, key="grid-1", monkey="x")

    assert lines[0].items() >= {"tokens": 5, "token_count": 3, "key": "grid-1", "monkey": "x"}.items()


def test_a_hosts_log_gets_lines_as_it_wishes_and_sinks_get_all(lines: list[Line], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        get_logger().info("quiet")
        get_logger().warning("loud", bot_id="b1", token=SECRET)

    assert [line["event"] for line in lines] == ["quiet", "loud"]
    assert caplog.messages == [f"loud bot_id=b1 token={MASK}"]


def test_a_detached_sink_hears_nothing() -> None:
    heard: list[Line] = []
    attach(heard.append)()
    get_logger().info("gone")

    assert heard == []
