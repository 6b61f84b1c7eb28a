"""What stdout holds: the data, in the form asked for, and nothing else."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from styrman.cli.columns import age, money, plain, span
from unit.cli.scripted import Cli, Said, ScriptedService

BOTS: list[dict[str, object]] = [
    {
        "id": "a",
        "strategy": "ema_cross",
        "mode": "live",
        "venue": "sim",
        "instruments": ["BTC/USDT", "ETH/USDT", "SOL/USDT"],
        "desired": "RUNNING",
        "observed": "FAILED",
        "trading_state": "ACTIVE",
        "equity": "1234567.891",
        "realized_pnl": "10.5",
        "unrealized_pnl": "-0.25",
        "cycle_count": 7,
        "uptime_s": 3725.0,
        "last_error": {"type": "ValueError", "message": "[red]bad\x1b[2J\nmoon[/red]"},
    },
    {"id": "b", "labels": {"team": "å"}, "desired": "STOPPED", "observed": "STOPPED"},
]
STYRMAN = str(Path(sys.executable).parent / "styrman")


@pytest.fixture
def listed(service: ScriptedService) -> ScriptedService:
    service.on("GET", "/bots", Said({"items": BOTS, "next_cursor": None}))
    service.on("GET", "/bots/a", Said(BOTS[0]))
    return service


@pytest.fixture
def environment(listed: ScriptedService, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "STYRMAN_URL": listed.url, "STYRMAN_HOME": str(tmp_path), "TERM": "xterm-256color"}


@pytest.mark.usefixtures("listed")
def test_json_is_one_document_and_jsonl_one_a_line(cli: Cli) -> None:
    assert json.loads(cli("bot", "list", "-o", "json").stdout) == BOTS
    assert [json.loads(line) for line in cli("bot", "list", "-o", "jsonl").stdout.splitlines()] == BOTS
    assert json.loads(cli("bot", "get", "a", "-o", "jsonl").stdout) == BOTS[0]


@pytest.mark.usefixtures("listed")
def test_yaml_reads_back_and_name_is_ids_alone(cli: Cli) -> None:
    assert yaml.safe_load(cli("bot", "list", "-o", "yaml").stdout) == BOTS
    assert cli("bot", "list", "-o", "name").stdout == "a\nb\n"
    assert cli("bot", "get", "a", "-o", "name").stdout == "a\n"


@pytest.mark.usefixtures("listed")
def test_piped_table_has_no_colours_no_boxes_and_nothing_cut_off(cli: Cli) -> None:
    header, first, second = cli("bot", "list").stdout.splitlines()

    assert header.split() == [
        "ID",
        "STATE",
        "DESIRED",
        "TRADING",
        "WORK",
        "MODE",
        "VENUE",
        "INSTRUMENTS",
        "EQUITY",
        "PNL",
        "CYCLES",
        "UPTIME",
        "ERROR",
    ]
    assert first.split()[:4] == ["a", "FAILED", "RUNNING", "ACTIVE"]
    assert "BTC/USDT, ETH/USDT +1" in first
    assert "1,234,567.89  10.25       7   1h 2m" in first
    assert second.split()[:2] == ["b", "STOPPED"]
    assert (header + first + second).isprintable()


@pytest.mark.usefixtures("listed")
def test_text_of_the_service_can_not_drive_the_terminal(cli: Cli) -> None:
    for line in ("list",), ("get", "a"):
        shown = cli("bot", *line).stdout
        assert "[red]bad�[2J moon[/red]" in shown
        assert "\x1b" not in shown


@pytest.mark.usefixtures("listed")
def test_detail_of_a_bot_is_a_line_a_field(cli: Cli) -> None:
    lines = [line.split(maxsplit=1) for line in cli("bot", "get", "a").stdout.splitlines()]

    assert ["equity", "1234567.891"] in lines
    assert ["last_error.type", "ValueError"] in lines


def test_get_spec_is_what_apply_takes(cli: Cli, service: ScriptedService) -> None:
    spec = {"id": "a", "cycle": {"on": "candle"}, "capital": "10000", "params": {"on": "no"}}
    service.on("GET", "/bots/a", Said({"id": "a", "spec": spec}))
    service.on("POST", "/bots/apply", Said({"created": [], "updated": [], "unchanged": ["a"]}))
    cli("bot", "apply", "-f", "-", stdin=cli("bot", "get", "a", "--spec", "-o", "yaml").stdout)

    assert service.asked[-1].body == [spec]


def on_a_terminal(environment: dict[str, str]) -> bytes:
    """Return what `bot list` shows on a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([STYRMAN, "bot", "list"], env=environment, stdout=theirs, stdin=theirs) as program:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how a terminal says that it was closed
            pass
        assert program.wait(10) == 0
    os.close(ours)
    return shown


def test_colours_are_for_terminals_that_want_them(environment: dict[str, str]) -> None:
    environment.pop("NO_COLOR", None)

    assert b"\x1b[31mFAILED" in on_a_terminal(environment)
    assert b"\x1b[31m" not in on_a_terminal(environment | {"NO_COLOR": "1"})


def test_narrow_terminal_leaves_columns_out_and_cuts_no_id(environment: dict[str, str]) -> None:
    header, first, _ = on_a_terminal(environment | {"NO_COLOR": "1", "COLUMNS": "80", "TERM": "dumb"}).decode().splitlines()

    assert header.split() == ["ID", "STATE", "TRADING", "WORK", "MODE", "EQUITY", "PNL", "ERROR"]
    assert first.split()[:7] == ["a", "FAILED", "ACTIVE", "ema_cross", "LIVE", "1,234,567.89", "10.25"]
    assert first.endswith("…")
    assert len(first) <= 80


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_reader_that_goes_away_is_not_worth_a_word(environment: dict[str, str], form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen([STYRMAN, "bot", "list", "-o", form], env=environment, stdout=writing, stderr=subprocess.PIPE) as program:
        os.close(writing)
        _, said = program.communicate(timeout=10)

    assert program.returncode == 141
    assert said == b""


def test_ctrl_c_ends_quietly_with_130(environment: dict[str, str], listed: ScriptedService) -> None:
    listed.on("GET", "/bots/a/logs", Said({"items": [{"number": 1, "at": "2026-01-01T00:00:00Z", "level": "info", "message": "hello"}]}))
    listed.on("GET", "/events", Said(raw=b""))
    with subprocess.Popen([STYRMAN, "bot", "logs", "a", "-f"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert b"hello" in program.stdout.readline()
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=10)

    assert program.returncode == 130
    assert said == b""


def test_terminal_without_unicode_gets_escapes(environment: dict[str, str]) -> None:
    shown = subprocess.run(
        [STYRMAN, "bot", "list", "-o", "json"], env=environment | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True
    )

    assert json.loads(shown.stdout.decode("ascii").replace("\\xe5", "å")) == BOTS


def test_help_imports_neither_client_nor_runtime() -> None:
    program = """
import sys
from styrman.cli.main import app
try:
    app(["--help"])
except SystemExit:
    heavy = ("httpx", "pydantic", "yaml", "numpy", "fastapi", "styrman.runtime")
    print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stderr == "[]\n"
    assert "doctor" in ended.stdout


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.4, "0s"), (59.9, "59s"), (61, "1m 1s"), (3725, "1h 2m"), (90_000, "1d 1h"), (-3, "0s")]
)
def test_spans_are_told_in_their_largest_units(seconds: float | None, text: str) -> None:
    assert span(seconds) == text


def test_what_is_missing_is_a_dash() -> None:
    assert [plain(None), plain(""), plain([]), plain({}), money(None), age(None)] == ["-", "-", "-", "-", "-", "-"]
    assert plain(value=False) == "no"
