"""Commands over many bots: one tracked operation, followed to its end, told by its exit code."""

import json

import pytest

from styrman.cli import waiting
from unit.cli.scripted import Cli, Said, ScriptedService


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_POLL_S", 0.01)


def operation(state: str, done: int, failed: int = 0) -> Said:
    errors = {f"b{number}": "is QUARANTINED" for number in range(failed)}
    return Said({"id": "op1", "action": "start", "state": state, "total": 4, "done": done, "failed": failed, "errors": errors}, 202)


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        (("a", "b", "a"), {"ids": ["a", "b"]}),
        (("--selector", "team=a", "-y"), {"selector": "team=a"}),
        (("--all", "--yes"), {"all": True}),
    ],
)
def test_many_bots_are_one_operation(cli: Cli, service: ScriptedService, line: tuple[str, ...], targets: dict[str, object]) -> None:
    service.on("POST", "/operations", operation("running", 0))
    ended = cli("bot", "start", *line, "--reason", "because", "-o", "json")

    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["id"] == "op1"
    assert service.asked[0].body == {"action": "start", "reason": "because", **targets}


def test_options_of_a_stop_travel_with_the_operation(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/operations", operation("running", 0))
    cli("bot", "stop", "--all", "-y", "--orders", "keep")

    assert service.asked[0].body == {"action": "stop", "all": True, "options": {"orders": "keep", "positions": "hold"}}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (operation("succeeded", 4), 0),
        (operation("failed", 3, 1), 8),
        (operation("failed", 0, 4), 1),
        (operation("running", 1), 7),
    ],
)
def test_waiting_ends_with_the_operations_outcome(cli: Cli, service: ScriptedService, end: Said, code: int) -> None:
    service.on("POST", "/operations", operation("running", 0))
    service.on("GET", "/operations/op1", operation("running", 1), end)
    ended = cli("bot", "start", "--all", "-y", "--wait", "--timeout", "0.2", "-o", "json")

    assert ended.exit_code == code
    assert json.loads(ended.stdout) == end.body


def test_each_bot_that_failed_is_named_on_stderr(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/operations", operation("failed", 3, 1))
    ended = cli("bot", "start", "a", "b", "c", "d")

    assert ended.exit_code == 8
    assert "1 of 4 bots failed." in ended.stderr
    assert "b0: is QUARANTINED" in ended.stderr


def test_operation_is_taken_up_again_later(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/operations/op1", operation("running", 2), operation("succeeded", 4))

    assert cli("operation", "get", "op1", "--wait").exit_code == 0
    assert len(service.asked) == 2
