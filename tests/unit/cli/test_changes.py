"""Applying and editing: a bad entry is named by its line, a conflict shows both sides, nobody's text is lost."""

import json
import re
import sys
from pathlib import Path

import pytest

from unit.cli.scripted import Cli, Said, ScriptedService, problem

BOTS = """\
- id: a
  strategy: ema_cross
- id: b
  params:
    fast: -1
"""
SPEC = {"id": "a", "strategy": "ema_cross", "capital": "10000", "cycle": {"on": "candle"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bots.yaml"
    path.write_text(BOTS)
    return path


def refusal(*errors: dict[str, object]) -> Said:
    return problem(422, "Nothing was applied: 2 fields can't be used.", errors=list(errors))


def test_apply_sends_every_entry_and_tells_what_became_of_each(cli: Cli, service: ScriptedService, file: Path) -> None:
    service.on("POST", "/bots/apply", Said({"created": ["a"], "updated": [], "unchanged": ["b"]}))
    ended = cli("bot", "apply", "-f", str(file))

    assert service.asked[0].body == [{"id": "a", "strategy": "ema_cross"}, {"id": "b", "params": {"fast": -1}}]
    assert [line.split() for line in ended.stdout.splitlines()] == [["ID", "RESULT"], ["a", "created"], ["b", "unchanged"]]
    assert json.loads(cli("bot", "apply", "-f", str(file), "-o", "json").stdout) == {"created": ["a"], "updated": [], "unchanged": ["b"]}


def test_file_comes_from_stdin_too(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots/apply", Said({"created": ["a"], "updated": [], "unchanged": []}))

    assert cli("bot", "apply", "-f", "-", "-o", "name", stdin='{"id": "a"}').stdout == "a\n"


def test_faults_that_the_service_finds_are_told_by_line(cli: Cli, service: ScriptedService, file: Path) -> None:
    service.on(
        "POST",
        "/bots/apply",
        refusal(
            {"loc": [1, "params", "fast"], "message": "must be positive"},
            {"loc": ["body", 0, "strategy"], "message": "unknown", "allowed": ["grid", "dca"]},
            {"loc": [1, "venue"], "message": "is missing"},
        ),
    )
    ended = cli("bot", "apply", "-f", str(file))

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "Nothing was applied: 2 fields can't be used.",
        f"{file}:5: params.fast: must be positive",
        f"{file}:2: strategy: unknown (allowed: grid, dca)",
        f"{file}:3: venue: is missing",
    ]


def test_file_that_is_no_yaml_is_told_by_line_and_nothing_is_sent(cli: Cli, service: ScriptedService, file: Path) -> None:
    file.write_text("- id: a\n- id: b: c\n")
    ended = cli("bot", "apply", "-f", str(file))

    assert ended.exit_code == 1
    assert f"{file}:2: " in ended.stderr
    assert service.asked == []


def test_create_takes_options(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots", Said(SPEC, 201))
    options = ("--id", "a", "--strategy", "ema_cross", "--venue", "sim", "--instrument", "BTC/USDT", "--instrument", "ETH/USDT")
    cli("bot", "create", *options, "--param", "fast=10", "--param", "levels=[1, 2]", "--label", "run=2", "--capital", "10.50")

    assert service.asked[0].body == {
        "id": "a",
        "strategy": "ema_cross",
        "venue": "sim",
        "instruments": ["BTC/USDT", "ETH/USDT"],
        "capital": "10.50",
        "params": {"fast": 10, "levels": [1, 2]},
        "labels": {"run": "2"},
    }


def test_create_takes_one_bot_of_a_file(cli: Cli, service: ScriptedService, file: Path) -> None:
    service.on("POST", "/bots", refusal({"loc": ["strategy"], "message": "unknown"}))

    assert cli("bot", "create", "-f", str(file)).exit_code == 2  # two bots
    assert service.asked == []
    file.write_text("\nid: a\nstrategy: x\n")
    assert f"{file}:3: strategy: unknown" in cli("bot", "create", "-f", str(file)).stderr


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that replaces 10000 by 20000; its own text may be replaced."""
    script = tmp_path / "editor.py"
    script.write_text("import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text().replace('10000', '20000'))")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return script


def draft_of(stderr: str) -> Path:
    kept = re.search(r"Your text is kept in (\S+)\.$", stderr, re.MULTILINE)
    assert kept is not None, stderr
    return Path(kept[1])


def test_edit_puts_what_the_editor_leaves_under_the_generation_it_saw(cli: Cli, service: ScriptedService, editor: Path) -> None:
    assert editor.exists()
    service.on("GET", "/bots/a", Said({"id": "a", "spec": SPEC}, headers={"ETag": '"7"'}))
    service.on("PUT", "/bots/a", Said({"id": "a"}))
    ended = cli("bot", "edit", "a")

    assert ended.exit_code == 0, ended.stderr
    put = service.asked[-1]
    assert put.body == SPEC | {"capital": "20000"}
    assert put.headers["If-Match"] == '"7"'


def test_edit_without_a_change_sends_nothing(cli: Cli, service: ScriptedService, editor: Path) -> None:
    editor.write_text("")
    service.on("GET", "/bots/a", Said({"id": "a", "spec": SPEC}))
    ended = cli("bot", "edit", "a")

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert [asked.method for asked in service.asked] == ["GET"]


def test_edit_that_was_overtaken_shows_both_sides_and_keeps_the_text(cli: Cli, service: ScriptedService, editor: Path) -> None:
    assert editor.exists()
    service.on("GET", "/bots/a", Said({"id": "a", "spec": SPEC}), Said({"id": "a", "spec": SPEC | {"strategy": "grid"}}))
    service.on("PUT", "/bots/a", problem(412, "Bot 'a' is at generation 8."))
    ended = cli("bot", "edit", "a")

    assert ended.exit_code == 6
    assert "+strategy: grid" in ended.stderr
    assert "+capital: '20000'" in ended.stderr
    assert "capital: '20000'" in draft_of(ended.stderr).read_text()


def test_edit_that_is_refused_names_the_line_and_keeps_the_text(cli: Cli, service: ScriptedService, editor: Path) -> None:
    assert editor.exists()
    service.on("GET", "/bots/a", Said({"id": "a", "spec": SPEC}))
    service.on("PUT", "/bots/a", refusal({"loc": ["capital"], "message": "overbooked"}))
    ended = cli("bot", "edit", "a")

    assert ended.exit_code == 1
    assert f"{draft_of(ended.stderr)}:3: capital: overbooked" in ended.stderr


@pytest.mark.parametrize(("command", "code"), [("/nonexistent/editor", 2), (f"{sys.executable} -c exit(3)", 1)])
def test_editor_that_fails_changes_nothing(
    cli: Cli, service: ScriptedService, monkeypatch: pytest.MonkeyPatch, command: str, code: int
) -> None:
    monkeypatch.setenv("VISUAL", command)
    service.on("GET", "/bots/a", Said({"id": "a", "spec": SPEC}))

    assert cli("bot", "edit", "a").exit_code == code
    assert [asked.method for asked in service.asked] == ["GET"]
