"""Logs and events: each line once, in order, whatever breaks in between."""

import json

import pytest

from styrman.cli import sse
from unit.cli.scripted import Cli, Said, ScriptedService, problem


def line(number: int, level: str = "info") -> dict[str, object]:
    return {"number": number, "at": f"2026-01-01T00:00:{number:02}Z", "level": level, "message": f"line {number}", "fields": {"run": "r1"}}


def stream(*messages: tuple[str, str, object]) -> Said:
    said = "".join(f"id: {number}\nevent: {event}\ndata: {json.dumps(body)}\n\n" for number, event, body in messages)
    return Said(raw=f"retry: 2000\n: open\n\n{said}".encode(), headers={"Content-Type": "text/event-stream"})


END = problem(401, "This is not the token.")  # how a test ends what otherwise never ends


@pytest.fixture
def logging(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> ScriptedService:
    monkeypatch.setattr(sse, "_RETRY_S", 0)
    service.on("GET", "/bots/a/logs", Said({"boot": "b1", "items": [line(1), line(2)]}))
    return service


def test_logs_are_sentences_for_people_and_objects_for_programs(cli: Cli, logging: ScriptedService) -> None:
    assert cli("bot", "logs", "a", "-n", "2", "--level", "warning").stdout.splitlines()[0] == "2026-01-01T00:00:01Z info     line 1  run=r1"
    assert logging.asked[0].query == {"limit": "2", "level": "warning"}
    assert json.loads(cli("bot", "logs", "a", "-o", "jsonl").stdout.splitlines()[1]) == line(2)


def test_following_shows_what_is_kept_then_what_comes_each_line_once(cli: Cli, logging: ScriptedService) -> None:
    logging.on("GET", "/events", stream(("b1-7", "log", line(2)), ("b1-8", "log", line(3))), stream(("b1-9", "log", line(4))), END)
    ended = cli("bot", "logs", "a", "--follow", "-o", "jsonl")

    assert [json.loads(shown)["number"] for shown in ended.stdout.splitlines()] == [1, 2, 3, 4]
    assert ended.exit_code == 4
    opened = [asked for asked in logging.asked if asked.path.endswith("/events")]
    assert [asked.headers.get("Last-Event-ID") for asked in opened] == [None, "b1-8", "b1-9"]
    assert opened[0].query == {"bots": "a", "events": "log"}


def test_lines_missed_during_a_resync_are_read_from_what_is_kept(cli: Cli, logging: ScriptedService) -> None:
    kept = Said({"boot": "b2", "items": [line(2), line(3), line(4)]})
    logging.on("GET", "/bots/a/logs", Said({"boot": "b1", "items": [line(1), line(2)]}), kept)
    logging.on("GET", "/events", stream(("b2-1", "resync", {"boot": "b2"}), ("b2-2", "log", line(5))), END)
    ended = cli("bot", "logs", "a", "-f", "-o", "jsonl")

    assert [json.loads(shown)["number"] for shown in ended.stdout.splitlines()] == [1, 2, 3, 4, 5]


def test_following_keeps_to_the_level(cli: Cli, logging: ScriptedService) -> None:
    coming = [("b1-1", "log", line(3, "debug")), ("b1-2", "log", line(4, "error")), ("b1-3", "log", line(5, "critical"))]
    logging.on("GET", "/bots/a/logs", Said({"boot": "b1", "items": []}))
    logging.on("GET", "/events", stream(*coming), END)

    ended = cli("bot", "logs", "a", "-f", "--level", "error", "-o", "jsonl")
    assert [json.loads(shown)["number"] for shown in ended.stdout.splitlines()] == [4, 5]


def test_following_a_service_that_is_not_there_ends_at_once(nowhere: Cli) -> None:
    assert nowhere("bot", "logs", "a", "-f", "--url", "http://127.0.0.1:1").exit_code == 3


def test_events_are_read_oldest_first(cli: Cli, service: ScriptedService) -> None:
    items = [{"seq": 2, "kind": "lifecycle", "name": "BotStarted"}, {"seq": 1, "kind": "command", "name": "StartAsked", "actor": "admin"}]
    service.on("GET", "/bots/a/events", Said({"items": items, "next_cursor": None}))

    assert cli("bot", "events", "a", "-o", "name").stdout == "1\n2\n"
    assert "StartAsked" in cli("bot", "events", "a").stdout.splitlines()[1]


def test_cash_flows_of_an_account_are_shown_last_first(cli: Cli, service: ScriptedService) -> None:
    funding = {"id": "funding:BTC/USDT:USDT:7", "kind": "funding", "currency": "USDT", "amount": "-0.12", "shares": {"b1": "-0.12"}}
    service.on("GET", "/accounts/binance/cash-flows", Said({"items": [funding], "next_cursor": None}))

    shown = cli("account", "cash-flows", "binance", "-n", "5").stdout
    assert service.asked[0].query["limit"] == "5"
    assert "-0.12" in shown
    assert cli("account", "cash-flows", "binance", "-o", "name").stdout == "funding:BTC/USDT:USDT:7\n"


def test_stream_is_parsed_as_the_standard_says() -> None:
    lines = [": hi", "", "event: x", "data: one", "data:two", "id: 1", "", "data: lost at the end"]

    assert list(sse.parse(lines)) == [sse.Message("1", "x", "one\ntwo")]
