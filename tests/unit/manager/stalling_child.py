"""A service of nothing but a watchdog, for the tests: `stall` and `stall-unrecorded` hang the loop, `work` serves until its input ends."""

import asyncio
import sys
import time

from styrman.config import WatchdogSettings
from styrman.manager.culprit import StallReport
from styrman.manager.watchdog import Watchdog


def record(report: StallReport) -> None:
    if sys.argv[1] == "stall-unrecorded":
        raise OSError("disk full")
    say(f"abort {report.culprit.task}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def block(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def hang() -> None:
    block(60)


async def work() -> None:
    """Work until the input ends in calls that are long, but shorter than what ends the process; say so from the midst of each."""
    reader = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))

    def turn() -> None:
        block(0.1)
        say("working")
        block(0.1)
        if not reader.done():
            asyncio.get_running_loop().call_soon(turn)

    turn()
    await reader
    say("ended")


async def main() -> None:
    watchdog = Watchdog(WatchdogSettings(sample_s=0.02, warn_s=0.05, error_s=0.1, abort_s=0.4), on_abort=record)
    watchdog.start()
    await asyncio.create_task(work() if sys.argv[1] == "work" else hang(), name="bot:b7")
    await watchdog.stop()


asyncio.run(main())
