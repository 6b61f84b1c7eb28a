"""The manager in a plain script, as the README shows it; and a second process on the same home is told who holds it."""

import os
import subprocess
import sys
from pathlib import Path

from acceptance.examples import EXAMPLES, assert_readme_shows
from acceptance.service import environment
from styrman import BotManagerAsync, Settings

SCRIPT = "plain_script.py"


def run_script(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / SCRIPT)]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_a_plain_script_runs_a_manager(tmp_path: Path) -> None:
    done = run_script(tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "RUNNING\nSTOPPED\n", "")


async def test_a_second_process_on_the_same_home_is_told_who_holds_it(tmp_path: Path) -> None:
    home = tmp_path / "script-home"
    async with BotManagerAsync(Settings(profile="embedded", home=home)):
        done = run_script(tmp_path)
    last = done.stderr.splitlines()[-1]

    assert done.returncode == 1
    assert last.startswith("styrman.errors.HomeLocked: ")
    assert str(home) in last
    assert str(os.getpid()) in last
    assert run_script(tmp_path).returncode == 0


def test_the_readme_shows_the_script_as_it_is_run() -> None:
    assert_readme_shows(SCRIPT)
