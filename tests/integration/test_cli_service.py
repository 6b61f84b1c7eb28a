"""The command line against the real service, which runs in a process of its own: what an operator types, and what comes of it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from unit.cli.scripted import Cli

STYRMAN = str(Path(sys.executable).parent / "styrman")
PATIENCE_S = 30.0
BOTS = """\
- id: one
  strategy: ema_cross
  params: {fast: 10, slow: 50}
  venue: sim
  instruments: [BTC/USDT]
  cycle: {on: candle}
  labels: {team: a}
- id: two
  strategy: idle
  venue: sim
  instruments: [ETH/USDT]
  labels: {team: a}
"""


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STYRMAN_")}
    return kept | {"STYRMAN_HOME": str(home)}


def until(happened: Callable[[], bool]) -> None:
    """Return once it has happened. Each look is a request: that paces it."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service") / "home"


@pytest.fixture(scope="module")
def link(home: Path) -> Iterator[str]:
    """A service without bots, on a free port; the line it prints."""
    program = [STYRMAN, "up", "--port", "0", "--no-demo"]
    with subprocess.Popen(program, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout is not None
        yield service.stdout.readline()
        service.send_signal(signal.SIGTERM)
        assert service.wait(PATIENCE_S) == 0


@pytest.fixture
def styrman(home: Path, link: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in the service's home."""
    assert link.startswith("styrman runs at http://127.0.0.1:")
    for name in set(os.environ) - set(environment(home)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("STYRMAN_HOME", str(home))
    return Cli()


@pytest.fixture
def bots(styrman: Cli) -> Iterator[None]:
    """The two bots of the file, gone afterwards."""
    applied = styrman("bot", "apply", "-f", "-", "-o", "json", stdin=BOTS)
    assert json.loads(applied.stdout) == {"created": ["one", "two"], "updated": [], "unchanged": []}, applied.stderr
    yield
    styrman("unhalt", "-y")
    styrman("bot", "stop", "--all", "-y", "--wait", "--positions", "flatten")
    assert styrman("bot", "delete", "one", "two", "--exposure", "abandon", "-y").exit_code == 0


def bot(styrman: Cli, bot_id: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(styrman("bot", "get", bot_id, "-o", "json").stdout)
    return shown


def test_first_start_prints_a_link_and_leaves_a_private_profile(styrman: Cli, home: Path, link: str) -> None:
    found = re.search(r"(http://127\.0\.0\.1:\d+)/#token=(\S+)", link)
    assert found is not None, link
    url, token = found.groups()

    assert stat.S_IMODE((home / "cli.toml").stat().st_mode) == 0o600
    assert styrman("status").exit_code == 0
    assert styrman("status", "--url", url, "--token", token).exit_code == 0
    assert styrman("status", "--token", "wrong").exit_code == 4
    assert styrman("doctor").exit_code == 0
    assert not [path for path in home.rglob("*") if path.is_file() and path.name != "cli.toml" and token.encode() in path.read_bytes()]


@pytest.mark.usefixtures("bots")
def test_file_applied_twice_changes_nothing_the_second_time(styrman: Cli) -> None:
    again = styrman("bot", "apply", "-f", "-", "-o", "json", stdin=BOTS)
    changed = styrman("bot", "apply", "-f", "-", "-o", "json", stdin=BOTS.replace("slow: 50", "slow: 60"))

    assert json.loads(again.stdout)["unchanged"] == ["one", "two"]
    assert json.loads(changed.stdout) == {"created": [], "updated": ["one"], "unchanged": ["two"]}


@pytest.mark.usefixtures("bots")
@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("fast: 10", "fats: 10", 3, "params.fats"),
        ("strategy: idle", "strategy: idel", 9, "idle"),
        ("[ETH/USDT]", "[ETH/USDT, NOPE/USDT]", 11, "NOPE/USDT"),
        ("labels: {team: a}\n- id: two", "capital: -1\n- id: two", 7, "capital"),
        ("venue: sim\n  instruments: [ETH", "venus: sim\n  instruments: [ETH", 10, "venus"),
    ],
)
def test_file_with_one_bad_entry_applies_nothing_and_names_its_line(  # noqa: PLR0913, PLR0917 - a table of faults
    styrman: Cli, tmp_path: Path, right: str, wrong: str, line: int, word: str
) -> None:
    file = tmp_path / "bots.yaml"
    file.write_text(BOTS.replace("slow: 50", "slow: 70").replace(right, wrong))
    refused = styrman("bot", "apply", "-f", str(file))

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert any(told.startswith(f"{file}:{line}:") and word in told for told in refused.stderr.splitlines()), refused.stderr
    assert bot(styrman, "one")["params"] == {"fast": 10, "slow": 50}


@pytest.mark.usefixtures("bots")
def test_life_of_a_bot_from_start_to_stop(styrman: Cli) -> None:
    assert styrman("bot", "start", "one", "--wait", "--reason", "morning").exit_code == 0
    assert bot(styrman, "one")["observed"] == "RUNNING"
    assert styrman("bot", "pause", "one").exit_code == 0
    assert bot(styrman, "one")["trading_state"] == "REDUCING"
    assert styrman("bot", "resume", "one").exit_code == 0
    assert styrman("bot", "restart", "one", "--wait").exit_code == 0
    assert styrman("bot", "flatten", "one", "--wait").exit_code == 0
    assert styrman("bot", "delete", "one").exit_code == 6  # it runs
    assert styrman("bot", "stop", "one", "--wait").exit_code == 0
    assert bot(styrman, "one")["observed"] == "STOPPED"
    assert styrman("bot", "reset", "one").exit_code == 0

    events = [json.loads(line) for line in styrman("bot", "events", "one", "-o", "jsonl").stdout.splitlines()]
    assert ("start", "morning", "admin") in [(event["name"], event["reason"], event["actor"]) for event in events]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


@pytest.mark.usefixtures("bots")
def test_bulk_waits_for_everyone_and_tells_a_part_that_failed(styrman: Cli) -> None:
    started = styrman("bot", "start", "--selector", "team=a", "-y", "--wait", "-o", "json")
    partly = styrman("bot", "stop", "one", "nobody", "--wait")

    assert started.exit_code == 0, started.stderr
    assert json.loads(started.stdout)["done"] == 2
    assert styrman("bot", "list", "--state", "running", "-o", "name").stdout == "two\n"
    assert partly.exit_code == 8
    assert "nobody" in partly.stderr


@pytest.mark.usefixtures("bots")
def test_halt_holds_everything_until_unhalt(styrman: Cli) -> None:
    styrman("bot", "start", "--all", "-y", "--wait")
    halted = styrman("halt", "--reason", "fire")

    assert halted.exit_code == 0, halted.stderr
    assert {each["trading_state"] for each in json.loads(styrman("bot", "list", "-o", "json").stdout)} == {"HALTED"}
    assert "HALTED" in styrman("status").stdout
    assert styrman("unhalt").exit_code == 2  # nobody can be asked
    assert styrman("unhalt", "-y").exit_code == 0
    assert bot(styrman, "one")["trading_state"] == "ACTIVE"


@pytest.mark.usefixtures("bots")
def test_edit_changes_the_spec_and_keeps_what_was_not_touched(styrman: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/slow:.50/slow:\\ 60/")
    before = yaml.safe_load(styrman("bot", "get", "one", "--spec", "-o", "yaml").stdout)
    edited = styrman("bot", "edit", "one")

    assert edited.exit_code == 0, edited.stderr
    assert bot(styrman, "one")["spec"] == before | {"params": {"fast": 10, "slow": 60}}


@pytest.mark.usefixtures("bots")
def test_logs_are_followed_as_they_are_written(styrman: Cli, home: Path) -> None:
    program = [STYRMAN, "bot", "logs", "two", "--follow", "-o", "jsonl"]
    with subprocess.Popen(program, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert styrman("bot", "flatten", "two", "--wait").exit_code == 0
        line = json.loads(following.stdout.readline())
        following.send_signal(signal.SIGINT)
        _, said = following.communicate(timeout=PATIENCE_S)

    assert line["message"]
    assert (following.returncode, said) == (130, "")


def test_strategies_and_accounts_are_listed(styrman: Cli) -> None:
    assert styrman("strategy", "new", "my_own").exit_code == 0
    names = styrman("strategy", "list", "-o", "name").stdout.split()
    parameters = json.loads(styrman("strategy", "show", "my_own", "-o", "json").stdout)["parameters"]

    assert {"ema_cross", "grid", "idle", "my_own"} <= set(names)
    assert parameters["properties"]["window"]["default"] == 20
    assert styrman("strategy", "show", "nothing").exit_code == 5
    assert styrman("account", "list", "-o", "name").stdout == "sim\n"


def test_token_reset_takes_effect_while_the_service_runs(styrman: Cli, link: str) -> None:
    found = re.search(r"#token=(\S+)", link)
    assert found is not None
    new = styrman("token", "reset", "-o", "name").stdout.strip()

    until(lambda: styrman("status", "--token", found[1]).exit_code == 4)
    assert styrman("status", "--token", new).exit_code == 0
    assert styrman("status").exit_code == 0


def test_what_does_not_exist_is_exit_code_5_and_what_exists_6(styrman: Cli) -> None:
    options = ("--id", "solo", "--strategy", "idle", "--venue", "sim", "--instrument", "BTC/USDT")
    assert styrman("bot", "create", *options).exit_code == 0

    assert styrman("bot", "create", *options).exit_code == 6
    assert styrman("bot", "delete", "solo").exit_code == 0
    assert styrman("bot", "get", "solo").exit_code == 5
    assert styrman("operation", "get", "nothing").exit_code == 5


def refused_start(home: Path, *line: str) -> str:
    """Return the one sentence of a start that is refused."""
    ended = subprocess.run([STYRMAN, "up", *line], env=environment(home), capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (sentence,) = ended.stderr.splitlines()
    return sentence


def test_second_service_on_the_home_is_refused_by_name_of_the_first(home: Path, styrman: Cli) -> None:
    assert styrman("status").exit_code == 0

    assert re.search(rf"{home} is in use by process \d+", refused_start(home, "--port", "0"))


def test_unreadable_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "styrman.db").write_text("this is no database, but long enough to be read as one " * 40)

    assert f"{tmp_path / 'styrman.db'} can't be used" in refused_start(tmp_path, "--port", "0")


def test_port_in_use_is_one_sentence(styrman: Cli, tmp_path: Path, link: str) -> None:
    found = re.search(r"127\.0\.0\.1:(\d+)", link)
    assert found is not None
    ended = styrman("up", "--home", str(tmp_path), "--port", found[1])

    assert ended.exit_code == 1
    assert f"127.0.0.1:{found[1]}: Address already in use" in ended.stderr


def test_listening_beyond_loopback_in_the_clear_is_refused(styrman: Cli, tmp_path: Path) -> None:
    ended = styrman("up", "--home", str(tmp_path), "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it is refused

    assert ended.exit_code == 1
    assert "in the clear" in ended.stderr


def test_short_admin_token_is_refused(styrman: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYRMAN_ADMIN_TOKEN", "short")
    ended = styrman("up", "--home", str(tmp_path))

    assert ended.exit_code == 1
    assert "32 characters" in ended.stderr
