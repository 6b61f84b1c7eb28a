"""The commands that belong to this machine: up, doctor, token, version, and the status of what runs."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from styrman.access import HASH_FILE, TokenFile, read_profile, write_profile
from styrman.cli.session import Choices, Session
from styrman.config import default_home
from unit.cli.scripted import Asked, Cli, Said, ScriptedService, problem

SYSTEM: dict[str, object] = {
    "version": "0.1.0",
    "boot": "b1",
    "uptime_s": 61.0,
    "ready": True,
    "safe_mode": None,
    "halted": False,
    "bots": {"RUNNING": 2, "FAILED": 1, "STOPPED": 0},
    "cycles": 12,
    "loop_lag_ms": 0.34,
    "memory_bytes": 104857600,
}


def verdicts(cli: Cli, *line: str) -> tuple[int, dict[str, str]]:
    ended = cli("doctor", *line, "-o", "json")
    return ended.exit_code, {found["check"]: found["result"] for found in json.loads(ended.stdout)}


def test_home_is_the_services_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STYRMAN_HOME", raising=False)

    assert Session(Choices()).home == default_home()


def test_token_reset_voids_the_old_token_and_keeps_the_address(nowhere: Cli, tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_profile(home, url="http://127.0.0.1:9000", token="old")
    token = nowhere("token", "reset", "-o", "name").stdout.strip()

    assert TokenFile(home).matches(token)
    assert not TokenFile(home).matches("old")
    assert read_profile(home).token == token
    assert read_profile(home).url == "http://127.0.0.1:9000"
    assert token not in (home / HASH_FILE).read_text()


def test_token_reset_where_nothing_can_be_written_is_one_sentence(nowhere: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    ended = nowhere("token", "reset")

    assert ended.exit_code == 1
    assert len(ended.stderr.splitlines()) == 1


def test_version_needs_no_service(nowhere: Cli) -> None:
    assert json.loads(nowhere("version", "-o", "json").stdout)["version"] == "0.1.0"


@pytest.mark.parametrize("text", ["port = 'x'", "port = 99999999", "nonsense = 1", "[venues", "[venues.sim]\nspeed = 1"])
def test_up_with_a_corrupt_config_is_one_sentence_and_exit_code_1(nowhere: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(text)
    ended = nowhere("up")

    assert ended.exit_code == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "config.toml" in ended.stderr


def test_doctor_finds_nothing_wrong_on_a_fresh_machine(nowhere: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_PORT", "0")
    code, found = verdicts(nowhere)

    assert code == 0
    assert set(found) == {"python", "home", "disk", "config", "database", "extras", "service", "port"}
    assert "wrong" not in found.values()


def test_doctor_names_what_is_wrong(nowhere: Cli, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "styrman.db").write_text("no database, but long enough to look like one " * 50)
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        (home / "config.toml").write_text(f'port = {port}\ndatabase_url = "postgresql+psycopg://u:secret@h/d"\n')
        occupied.close()
        code, found = verdicts(nowhere)
    assert (code, found["database"]) == (0, "note")

    (home / "config.toml").write_text("port = 0\n")
    code, found = verdicts(nowhere)
    assert (code, found["database"]) == (1, "wrong")
    (home / "config.toml").write_text("port = no\n")
    code, found = verdicts(nowhere)
    assert (code, found["config"]) == (1, "wrong")


def test_doctor_names_a_port_that_another_program_holds(nowhere: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("STYRMAN_PORT", str(other.getsockname()[1]))
        code, found = verdicts(nowhere, "--url", "http://127.0.0.1:1")

    assert (code, found["port"]) == (1, "wrong")


def test_doctor_opens_the_database_for_reading_alone(nowhere: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_PORT", "0")
    home = tmp_path / "home"
    home.mkdir()
    with sqlite3.connect(home / "styrman.db") as database:
        database.execute("CREATE TABLE bots (id TEXT)")
    database.close()
    before = (home / "styrman.db").read_bytes()

    assert verdicts(nowhere)[1]["database"] == "ok"
    assert (home / "styrman.db").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["styrman.db"]


@pytest.mark.parametrize(("answer", "code", "verdict"), [(Said(SYSTEM), 0, "ok"), (problem(401, "This is not the token."), 1, "wrong")])
def test_doctor_tries_the_token(cli: Cli, service: ScriptedService, answer: Said, code: int, verdict: str) -> None:
    service.on("GET", "/livez", Said({}))
    service.on("GET", "/system", answer)
    ended, found = verdicts(cli)

    assert (ended, found["service"], found["token"]) == (code, "ok", verdict)


def test_doctor_compares_clocks(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/livez", Said({}))
    service.on("GET", "/system", Said(SYSTEM))
    assert verdicts(cli)[1]["clock"] == "ok"


def test_status_shows_the_service_and_the_bots_in_trouble(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/system", Said(SYSTEM | {"halted": True, "safe_mode": "three boots died"}))

    def troubled(asked: Asked) -> Said:
        assert "state" in asked.query
        return Said({"items": [{"id": "moon", "observed": "FAILED", "desired": "RUNNING"}], "next_cursor": None})

    service.on("GET", "/bots", troubled)
    shown = cli("status").stdout

    assert "ready, up 1m 1s" in shown
    assert "2 RUNNING, 1 FAILED\n" in shown
    assert "HALTED" in shown
    assert "three boots died" in shown
    assert "moon" in shown
    assert json.loads(cli("status", "-o", "json").stdout)["cycles"] == 12


def test_watch_goes_on_while_the_service_is_away(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/system", Said(SYSTEM), problem(503, "stopping."), problem(503, "stopping."), Said(SYSTEM), problem(401, "End."))
    ended = cli("status", "--watch", "--every", "0.2", "-o", "jsonl")

    assert ended.exit_code == 4
    assert len(ended.stdout.splitlines()) == 2
    assert ended.stderr.count("Still looking.") == 1


def test_completion_offers_commands_and_the_services_bots(service: ScriptedService, tmp_path: Path) -> None:
    service.on("GET", "/bots", Said({"items": [{"id": "ema-1"}, {"id": "my-ema"}], "next_cursor": None}))
    environment = {**os.environ, "STYRMAN_URL": service.url, "STYRMAN_HOME": str(tmp_path), "_STYRMAN_COMPLETE": "complete_bash"}

    def offered(words: str) -> list[str]:
        program = [str(Path(sys.executable).parent / "styrman")]
        asked = environment | {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        return subprocess.run(program, env=asked, capture_output=True, text=True, check=True).stdout.split()

    assert offered("styrman comp") == ["completion"]
    assert offered("styrman bot start em") == ["ema-1"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_script_is_data(nowhere: Cli, shell: str) -> None:
    ended = nowhere("completion", shell)

    assert "_STYRMAN_COMPLETE" in ended.stdout
    assert ended.stderr == ""
