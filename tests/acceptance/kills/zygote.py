"""A process that has imported everything and forks a life of the service when told to: three hundred starts without three hundred imports.

Each life is a process of its own with the real `serve()`, killed with SIGKILL by the test. Arguments: the home folder, and the
planted bug, if any. It reads `life` and `reap PID` from stdin, and answers each with a line.
"""

import asyncio
import gc
import os
import sys
from pathlib import Path

import ccxt.pro  # noqa: F401 - imported once for all lives
import talib  # noqa: F401 - as above

from acceptance.kills.plants import PLANTS
from styrman.config import Settings
from styrman.log import get_logger
from styrman.runtime import serve

log = get_logger()


def live(home: Path, plant: str) -> int:
    """Be the service, with a bug where one is planted."""
    if plant:
        PLANTS[plant]()
    log_file = os.open(home.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log_file, 1)
    os.dup2(log_file, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    asyncio.set_event_loop_policy(None)
    return serve(Settings.load(home=home, port=0), demo=False)


def main(home: Path, plant: str) -> None:
    """Fork lives until stdin ends."""
    gc.freeze()
    for line in sys.stdin:
        match line.split():
            case ["life"]:
                pid = os.fork()
                if pid == 0:
                    os._exit(live(home, plant))
                print(pid, flush=True)  # noqa: T201 - the answer
            case ["reap", pid]:
                _, status = os.waitpid(int(pid), 0)
                print(status, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
