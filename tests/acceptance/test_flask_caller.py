"""A caller from the Flask era, as the README shows it, gets the answers it always got."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

from acceptance.examples import EXAMPLES, assert_readme_shows
from acceptance.service import Service, environment

CONFIG = """
[legacy.spec]
strategy = "idle"
venue = "sim"
instruments = ["BTC/USDT"]
cycle = {every_s = 0.05}
"""
CALLER = "flask_era_caller.py"


def test_a_caller_from_the_flask_era_gets_the_old_answers(make_service: Callable[..., Service]) -> None:
    service = make_service(CONFIG).start()
    env = environment(STYRMAN_HOME=str(service.home))
    done = subprocess.run([sys.executable, EXAMPLES / CALLER], env=env, capture_output=True, text=True, timeout=60, check=True)
    nothing, started, again, running, stopped, idle = map(json.loads, done.stdout.splitlines())

    assert started == {"success": True, "message": "Bot started successfully", "status": "running"}
    assert again == {"success": False, "message": "Bot is already running", "status": "running"}
    assert stopped == {"success": True, "message": "Bot stopped successfully", "status": "stopped"}
    assert idle == {"success": False, "message": "Bot is not running", "status": "stopped"}
    assert datetime.fromisoformat(nothing.pop("last_update")).tzinfo is not None
    assert nothing == {
        "success": True,
        "message": "Bot is stopped",
        "status": "stopped",
        "uptime": 0.0,
        "thread_alive": False,
        "cycle_count": 0,
        "last_cycle_time": None,
        "dev_mode": True,
        "error": None,
    }
    assert running.keys() == nothing.keys() | {"last_update"}
    assert (running["success"], running["status"], running["thread_alive"]) == (True, "running", True)
    assert running["uptime"] > 0


def test_the_readme_shows_the_caller_as_it_is_run() -> None:
    assert_readme_shows(CALLER)
