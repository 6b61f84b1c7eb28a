"""What goes to the service and how its answers end the command."""

import json
from pathlib import Path

import pytest

from styrman.access import write_profile
from styrman.cli.session import Choices, Session
from unit.cli.scripted import Asked, Cli, Said, ScriptedService, problem

BOT = {"id": "a", "desired": "RUNNING", "observed": "RUNNING", "trading_state": "ACTIVE", "equity": "10000.5", "instruments": ["BTC/USDT"]}
ANSWER = {"id": "a", "generation": 2, "desired": "RUNNING", "observed": "STARTING", "observed_generation": 1, "trading_state": "ACTIVE"}


@pytest.mark.parametrize(
    ("status", "code"), [(400, 1), (401, 4), (403, 4), (404, 5), (409, 6), (412, 6), (422, 1), (429, 4), (500, 1), (503, 3), (408, 7)]
)
def test_each_status_has_its_exit_code_and_its_sentence_on_stderr(cli: Cli, service: ScriptedService, status: int, code: int) -> None:
    service.on("GET", "/bots/a", problem(status, "Bot 'a' is on fire."))
    ended = cli("bot", "get", "a")

    assert ended.exit_code == code
    assert ended.stdout == ""
    assert "Bot 'a' is on fire." in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("said", [Said(raw=b"<html>hello</html>"), Said(3), Said(None)])
def test_another_program_on_the_port_is_called_that(cli: Cli, service: ScriptedService, said: Said) -> None:
    service.on("GET", "/bots/a", said)
    ended = cli("bot", "get", "a")

    assert ended.exit_code == 3
    assert "not as styrman does" in ended.stderr


def test_nothing_on_the_port_is_exit_code_3_with_what_to_do(nowhere: Cli) -> None:
    ended = nowhere("bot", "list", "--url", "http://127.0.0.1:1")

    assert ended.exit_code == 3
    assert "styrman up" in ended.stderr


@pytest.mark.parametrize("url", ["foo", "ftp://x", "http://", "http://x:notaport", "http://[::1"])
def test_address_that_is_none_is_a_usage_error(nowhere: Cli, url: str) -> None:
    assert nowhere("bot", "list", "--url", url).exit_code in (2, 3)


@pytest.mark.parametrize(
    "line",
    [
        ("bot", "lst"),
        ("bot", "start"),
        ("bot", "start", "a", "--all"),
        ("bot", "start", "--selector", "team=a"),
        ("bot", "start", "--all"),
        ("bot", "create"),
        ("bot", "create", "--id", "a", "--file", "x.yaml"),
        ("bot", "create", "--id", "a", "--param", "nopair"),
        ("bot", "apply"),
        ("bot", "apply", "-f", "/nonexistent.yaml"),
        ("bot", "list", "-o", "xml"),
        ("bot", "stop", "a", "--orders", "burn"),
        ("bot", "delete", "a", "--exposure", "flatten"),
        ("unhalt",),
        ("halt", "--flatten"),
        ("halt", "--bot", "a", "--account", "sim"),
        ("strategy", "new", "Not-Snake"),
        ("strategy", "new", "class"),
    ],
)
def test_wrong_command_line_sends_nothing_and_is_exit_code_2(cli: Cli, service: ScriptedService, line: tuple[str, ...]) -> None:
    ended = cli(*line)

    assert ended.exit_code == 2
    assert ended.stderr
    assert service.asked == []


@pytest.mark.parametrize(
    "line",
    [
        ("-o", "json", "bot", "get", "a"),
        ("bot", "-o", "json", "get", "a"),
        ("bot", "get", "a", "-o", "json"),
        ("-o", "table", "bot", "get", "a", "--output=json"),
    ],
)
def test_global_options_stand_before_and_after_the_command(cli: Cli, service: ScriptedService, line: tuple[str, ...]) -> None:
    service.on("GET", "/bots/a", Said(BOT))

    assert json.loads(cli(*line).stdout) == BOT


def test_option_beats_environment_wherever_it_stands(nowhere: Cli, service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_URL", "http://127.0.0.1:1")
    service.on("GET", "/bots/a", Said(BOT))

    assert nowhere("--url", service.url, "bot", "get", "a").exit_code == 0


def test_profile_gives_address_and_token(nowhere: Cli, service: ScriptedService, tmp_path: Path) -> None:
    write_profile(tmp_path / "home", url=service.url, token="from-profile")
    service.on("GET", "/bots/a", Said(BOT))
    nowhere("bot", "get", "a")
    nowhere("bot", "get", "a", "--token", "given")

    assert [asked.headers["Authorization"] for asked in service.asked] == ["Bearer from-profile", "Bearer given"]


def test_profiles_token_is_not_shown_to_other_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_ADMIN_TOKEN", "x" * 32)
    write_profile(tmp_path, url="https://mine.example", token="secret")
    home = Choices(home=tmp_path)

    assert Session(home).token == "x" * 32
    monkeypatch.delenv("STYRMAN_ADMIN_TOKEN")
    assert Session(home).token == "secret"
    assert Session(Choices(url="http://localhost:99").over(home)).token == "secret"
    for url in ("https://evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "http://evil.example/127.0.0.1"):
        assert Session(Choices(url=url).over(home)).token is None, url


def test_mounted_service_is_reached_under_its_prefix(nowhere: Cli, service: ScriptedService) -> None:
    service.on("GET", "/livez", Said())
    service._scripts["GET", "/ops/api/v1/bots/a"] = [Said(BOT)]

    assert nowhere("bot", "get", "a", "--url", f"{service.url}/ops/").exit_code == 0


def test_id_can_not_leave_its_place_in_the_path(cli: Cli, service: ScriptedService) -> None:
    cli("bot", "get", "../halt?x=1#y")

    assert service.asked[0].path == "/api/v1/bots/..%2Fhalt%3Fx%3D1%23y"


def test_list_reads_every_page(cli: Cli, service: ScriptedService) -> None:
    def page(asked: Asked) -> Said:
        return Said(
            {"items": [{"id": "b"}], "next_cursor": None} if asked.query.get("cursor") else {"items": [{"id": "a"}], "next_cursor": "a"}
        )

    service.on("GET", "/bots", page)

    assert cli("bot", "list", "-o", "name").stdout == "a\nb\n"
    assert cli("bot", "list", "-o", "name", "--limit", "1").stdout == "a\n"


def test_filters_reach_the_service(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/bots", Said({"items": [], "next_cursor": None}))
    cli("bot", "list", "--state", "failed", "--label", "team=a", "-q", "btc")

    assert service.asked[0].query == {"limit": "500", "state": "FAILED", "label": "team=a", "q": "btc"}


def test_command_on_one_bot_carries_its_reason_and_a_key_of_its_own(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots/a/stop", Said(ANSWER, 202))
    for _ in range(2):
        assert cli("bot", "stop", "a", "--positions", "flatten", "--grace", "5", "--reason", "tea").exit_code == 0

    first, second = service.asked
    assert first.body == {"orders": "cancel", "positions": "flatten", "timeout_s": 5.0, "reason": "tea"}
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]
    assert "wait" not in first.query


def test_waiting_for_one_bot_is_the_services_to_do(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots/a/start", Said(ANSWER | {"observed": "RUNNING"}, 202))

    assert cli("bot", "start", "a", "--wait", "--timeout", "7").exit_code == 0
    assert service.asked[0].query == {"wait": "7.0"}


def test_bot_that_failed_while_it_was_waited_for_is_a_failure(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots/a/start", Said(ANSWER | {"observed": "FAILED"}, 202))
    service.on("GET", "/bots/a", Said(BOT | {"last_error": {"type": "ValueError", "message": "no such moon"}}))
    ended = cli("bot", "start", "a", "--wait")

    assert ended.exit_code == 1
    assert "ValueError: no such moon" in ended.stderr


def test_halt_of_everything_asks_nothing_and_unhalt_does(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/halt", Said({"scope": "system", "halted": True, "bots": 3, "changed": True}, 202))
    service.on("POST", "/unhalt", Said({"scope": "system", "halted": False, "bots": 3, "changed": True}, 202))

    assert cli("halt", "--reason", "fire").exit_code == 0
    assert cli("unhalt", "-y").exit_code == 0
    assert [asked.body for asked in service.asked] == [{"flatten": False, "reason": "fire"}, {"reason": ""}]


def test_delete_of_one_bot_says_what_becomes_of_its_position(cli: Cli, service: ScriptedService) -> None:
    service.on("DELETE", "/bots/a", Said(status=204))
    ended = cli("bot", "delete", "a", "--exposure", "abandon", "-y", "-o", "json")

    assert json.loads(ended.stdout) == [{"id": "a", "result": "deleted"}]
    assert service.asked[0].query == {"exposure": "abandon"}


def test_of_several_bots_those_are_deleted_that_can_be(cli: Cli, service: ScriptedService) -> None:
    service.on("DELETE", "/bots/a", Said(status=204))
    service.on("DELETE", "/bots/b", problem(409, "Bot 'b' holds a position."))
    both, one = cli("bot", "delete", "a", "b", "-o", "name"), cli("bot", "delete", "b")

    assert (both.exit_code, both.stdout, both.stderr) == (8, "a\n", "Bot 'b' holds a position.\n")
    assert (one.exit_code, one.stdout) == (6, "")
