"""Writing and checking strategies: the template runs as it is, every fault is named by file and line."""

import json
from pathlib import Path

import pytest

from unit.cli.scripted import Cli, Said, ScriptedService

HEAD = "from styrman import Plan, Strategy\nimport numpy as np\n\n\nclass Mine(Strategy):\n"


def test_new_strategy_passes_its_check(nowhere: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "strategies" / "my_idea.py"
    written = nowhere("strategy", "new", "my_idea", "-o", "name")
    checked = nowhere("strategy", "check", str(path), "--param", "window=30", "-o", "json")

    assert written.stdout == f"{path}\n"
    assert checked.exit_code == 0, checked.stderr
    (row,) = json.loads(checked.stdout)
    assert row["name"] == "my_idea"
    assert row["warmup"] == 30
    assert row["opinions"] == 2 * row["decisions"] > 0
    assert 0 <= row["lowest"] < row["highest"] <= 1


def test_new_strategy_overwrites_nothing(nowhere: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "strategies" / "mine.py"
    path.parent.mkdir(parents=True)
    path.write_text("precious")

    assert nowhere("strategy", "new", "mine").exit_code == 6
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("def (:\n", 1, "invalid syntax"),
        (HEAD + "    oops = 1 / 0\n", 6, "ZeroDivisionError"),
        (HEAD + "    def target(self, candles):\n        return [][len(candles)]\n", 7, "IndexError"),
        (HEAD + "    def target(self, candles):\n        raise SystemExit\n", None, "SystemExit"),
        (HEAD + "    def target(self, candles):\n        return np.ones(3)\n", None, "one value a candle"),
        (HEAD + "    def target(self, candles):\n        return np.full(len(candles), 9.0)\n", None, "[-1, 1]"),
        (HEAD + "    async def decide(self, ctx):\n        return 5\n", None, "Plan"),
        (HEAD + "    def target(self, candles):\n        import os\n        os._exit(3)\n", None, "WorkerDied"),
        ("x = 1\n", None, "holds no strategy"),
    ],
    ids=["syntax", "import", "index", "exit", "length", "range", "decision", "death", "nothing"],
)
def test_fault_is_told_with_its_place(nowhere: Cli, tmp_path: Path, text: str, line: int | None, said: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    ended = nowhere("strategy", "check", str(file))

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert said in ended.stderr
    assert (f"{file}:{line}" if line else str(file)) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_wrong_parameter_is_named(nowhere: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(HEAD + "    fast: int = 3\n    def target(self, candles):\n        return candles.close * 0\n")
    ended = nowhere("strategy", "check", str(file), "--param", "fsat=3")

    assert ended.exit_code == 1
    assert "fsat" in ended.stderr
    assert "fast" in ended.stderr


def test_file_that_is_not_there_is_one_sentence(nowhere: Cli) -> None:
    ended = nowhere("strategy", "check", "/nonexistent.py")

    assert ended.exit_code == 1
    assert ended.stderr == "/nonexistent.py can't be read: No such file or directory.\n"


def test_show_lists_the_parameters(cli: Cli, service: ScriptedService) -> None:
    parameters = {"properties": {"fast": {"type": "integer", "default": 12, "description": "Candles of the fast average"}}}
    shown = {"name": "ema_cross", "source": "shipped", "description": "Holds while it rises.", "parameters": parameters, "error": None}
    service.on("GET", "/strategies/ema_cross", Said(shown))

    table = cli("strategy", "show", "ema_cross").stdout
    assert "Holds while it rises." in table
    assert "fast       integer  12       Candles of the fast average" in table
    assert json.loads(cli("strategy", "show", "ema_cross", "-o", "json").stdout) == shown
